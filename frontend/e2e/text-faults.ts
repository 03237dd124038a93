/**
 * What is wrong with the text of the page that runs: it leaves the screen, is cut off without a sign
 * of it, is cut to next to nothing, or runs into other text. Runs in the page, so it is whole in itself.
 */
export function faultsOfText(): string[] {
  const screen = document.documentElement.clientWidth;
  const faults = new Set<string>();
  const isHidden = (element: Element) => {
    const { width, height } = element.getBoundingClientRect();
    // What is for screen readers alone is cut down to nothing.
    if (getComputedStyle(element).clipPath.startsWith("inset(50%")) return true;
    return width <= 1 || height <= 1 || !element.checkVisibility();
  };
  /** What doesn't show all that is in it, from the element outwards. */
  const clippers = (element: Element): Element[] => {
    const found: Element[] = [];
    for (let at: Element | null = element; at && at !== document.body; at = at.parentElement) {
      if (getComputedStyle(at).overflowX !== "visible") found.push(at);
    }
    return found;
  };

  const shown: { text: string; box: DOMRect; fixed: boolean; element: Element }[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent?.trim() ?? "";
    const element = node.parentElement;
    if (text === "" || !element || element.closest("svg, style, script, textarea")) continue;
    let hidden = false;
    for (let at: Element | null = element; at && !hidden; at = at.parentElement)
      hidden = isHidden(at);
    if (hidden || element.closest('[aria-hidden="true"].invisible')) continue;
    if (getComputedStyle(element).visibility === "hidden") continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const around = clippers(element);
    const fixed = element.closest("nav, header") !== null;
    for (const box of range.getClientRects()) {
      if (box.width < 1) continue;
      // Lines beyond the last that is shown, which ends in an ellipsis.
      if (around.some((each) => box.top > each.getBoundingClientRect().bottom - 2)) continue;
      const says = `“${text.slice(0, 40)}”`;
      const clip = around.find((each) => {
        const edge = each.getBoundingClientRect();
        return box.right > edge.right + 1 || box.left < edge.left - 1;
      });
      if (!clip) {
        if (box.right > screen + 1 || box.left < -1) faults.add(`${says} leaves the screen`);
        shown.push({ text, box, fixed, element });
        continue;
      }
      const style = getComputedStyle(clip);
      if (style.textOverflow !== "ellipsis") {
        faults.add(`${says} is cut off`);
        continue;
      }
      const room = clip.getBoundingClientRect();
      const readable = 3.5 * Number.parseFloat(getComputedStyle(element).fontSize);
      if (room.width < Math.min(readable, box.width) - 1) faults.add(`${says} is cut to nothing`);
      if (room.right > screen + 1) faults.add(`${says} leaves the screen`);
    }
  }

  for (const element of document.querySelectorAll("button, a, input, textarea, img")) {
    if (isHidden(element)) continue;
    const { left, right } = element.getBoundingClientRect();
    if (right > screen + 1 || left < -1) {
      const name = element.getAttribute("aria-label") ?? element.textContent?.trim() ?? "";
      const cut = clippers(element).some(
        (each) => each.getBoundingClientRect().right <= screen + 1,
      );
      if (!cut) faults.add(`${element.tagName} ${name} leaves the screen`);
    }
  }

  // What stands over the page is meant to; within a bar or a page texts are apart.
  for (const [i, one] of shown.entries()) {
    for (const other of shown.slice(i + 1)) {
      const sameLayer =
        one.element.closest("nav, [role='dialog']") ===
        other.element.closest("nav, [role='dialog']");
      if (!sameLayer || one.element === other.element) continue;
      const across =
        Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const down =
        Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      if (across > 1 && down > Math.min(one.box.height, other.box.height) / 2)
        faults.add(`“${one.text.slice(0, 30)}” runs into “${other.text.slice(0, 30)}”`);
    }
  }
  return [...faults];
}
