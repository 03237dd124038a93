// How all that lies above the page looks and moves. Their motion is on `transform`: it is `translate`
// that keeps a card in the middle, and an animation of that would send it flying.

export const overlayClasses =
  "fixed inset-0 z-40 animate-fade bg-[oklch(0.16_0.03_220/0.5)] data-[state=closed]:animate-fade-out";

/** A sheet from below on a phone, a card in the middle at a desk. */
export const sheetClasses =
  "fixed inset-x-0 bottom-0 z-50 max-h-[92dvh] overflow-y-auto overscroll-contain rounded-t-card border-line bg-raised px-5 pt-5 pb-[calc(1.25rem+env(safe-area-inset-bottom))] text-ink shadow-card outline-none max-sm:animate-sheet-in max-sm:border-t max-sm:data-[state=closed]:animate-sheet-out sm:top-1/2 sm:bottom-auto sm:mx-auto sm:w-[min(30rem,calc(100vw-3rem))] sm:-translate-y-1/2 sm:animate-dialog-in sm:rounded-card sm:border sm:p-6 sm:data-[state=closed]:animate-dialog-out";
