/**
 * What lies above a page, each with an entry of its own in the browser's history: Back (the
 * gesture of a phone, which has no Escape) closes the uppermost layer and not the page.
 *
 * A layer that is closed otherwise leaves its entry behind, because history can't be shortened at
 * once: the next layer takes it over, or the next Back goes past it.
 */
interface Layer {
  /** Closes the layer, or answers false when it stays, to ask something first. */
  onBack: () => boolean;
}

interface Entry {
  /** How many layers were open at this entry. */
  layer?: number;
  /** The router's own count of pages. */
  idx?: number;
}

const open: Layer[] = [];
const now = (): Entry => (window.history.state as Entry | null) ?? {};
/** The entry before the last change, which `popstate` doesn't tell. */
let last = now();

function enter(): void {
  if ((now().layer ?? 0) < open.length) {
    window.history.pushState({ ...now(), layer: open.length }, "");
  }
  last = now();
}

/** Opens a layer; what it returns is to be called when the layer is gone. */
export function openLayer(onBack: () => boolean): () => void {
  const layer = { onBack };
  open.push(layer);
  enter();
  return () => {
    const place = open.indexOf(layer);
    if (place >= 0) open.splice(place, 1);
    last = now();
  };
}

function onPopState(event: PopStateEvent): void {
  const left = last;
  last = now();
  // Another page: the router is told, and its layers go with the one that is left.
  if (last.idx !== left.idx) return;
  const top = open.at(-1);
  if (top && (last.layer ?? 0) < open.length) {
    event.stopImmediatePropagation();
    if (!top.onBack()) enter();
  } else if ((left.layer ?? 0) > (last.layer ?? 0)) {
    // An entry that was left behind: whoever goes back means the page before.
    event.stopImmediatePropagation();
    window.history.back();
  }
}

// Before the router's, which must not take a layer's Back for its own.
window.addEventListener("popstate", onPopState, { capture: true });
