/** Begins the title of a page, whatever it is, with how many messages are unread. */
const COUNTED = /^\(\d+\+?\) /;

/** As many as are counted; it stands for as many or more. */
const MOST = 99;

/**
 * Shows in the tab's title, and on the icon of an installed app, how many messages are unread. Pages
 * set their titles themselves, so what they set is watched. Returns how to change and end it.
 */
export function countInTitle(): { show: (count: number) => void; stop: () => void } {
  let prefix = "";
  const write = () => {
    const bare = document.title.replace(COUNTED, "");
    if (document.title !== prefix + bare) document.title = prefix + bare;
  };
  const observer = new MutationObserver(write);
  observer.observe(document.head, { childList: true, characterData: true, subtree: true });
  const show = (count: number) => {
    prefix = count > 0 ? `(${count > MOST ? `${MOST}+` : count}) ` : "";
    write();
    void badge(count);
  };
  return {
    show,
    stop: () => {
      observer.disconnect();
      prefix = "";
      write();
      void badge(0);
    },
  };
}

/** A browser that has no badges, or grants none, shows the title alone. */
async function badge(count: number): Promise<void> {
  try {
    if (count > 0) await navigator.setAppBadge?.(count);
    else await navigator.clearAppBadge?.();
  } catch {
    // Nothing is lost.
  }
}
