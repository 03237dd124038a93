import { useSyncExternalStore } from "react";

/** True while the window is visible and has the focus: what is on screen is looked at. */
export const isAttentive = (): boolean =>
  document.visibilityState === "visible" && document.hasFocus();

function subscribe(listener: () => void): () => void {
  document.addEventListener("visibilitychange", listener);
  window.addEventListener("focus", listener);
  window.addEventListener("blur", listener);
  return () => {
    document.removeEventListener("visibilitychange", listener);
    window.removeEventListener("focus", listener);
    window.removeEventListener("blur", listener);
  };
}

export const useAttentive = (): boolean => useSyncExternalStore(subscribe, isAttentive);
