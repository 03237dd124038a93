import { type PointerEvent, useRef } from "react";

/** So far down, or so fast, and a sheet is let go of. */
const FAR_PX = 96;
const FAST_PX_PER_MS = 0.5;

interface Drag {
  pointer: number;
  from: number;
  startedAt: number;
  sheet: HTMLElement;
}

/** Draws a sheet down by a finger on its head, and closes it where that went far enough; `close` answers false where it stays. */
export function useSheetDrag(close: () => boolean) {
  const drag = useRef<Drag | null>(null);

  const end = ({ pointerId, clientY, timeStamp }: PointerEvent, isCancelled: boolean) => {
    const { current } = drag;
    if (current?.pointer !== pointerId) return;
    drag.current = null;
    const { sheet, from, startedAt } = current;
    const down = clientY - from;
    const isLetGo = down > FAR_PX || (down > 0 && down / (timeStamp - startedAt) > FAST_PX_PER_MS);
    // It leaves from where it is.
    if (!isCancelled && isLetGo && close()) return;
    sheet.style.transition = "transform 200ms ease-out";
    sheet.style.transform = "";
  };

  return {
    onPointerDown: (event: PointerEvent) => {
      const { pointerType, isPrimary, pointerId, clientY, timeStamp, currentTarget } = event;
      const sheet = currentTarget.closest<HTMLElement>("[data-sheet]");
      if (pointerType !== "touch" || !isPrimary || !sheet) return;
      currentTarget.setPointerCapture(pointerId);
      sheet.style.transition = "none";
      drag.current = { pointer: pointerId, from: clientY, startedAt: timeStamp, sheet };
    },
    onPointerMove: ({ pointerId, clientY }: PointerEvent) => {
      const { current } = drag;
      if (current?.pointer !== pointerId) return;
      current.sheet.style.transform = `translateY(${Math.max(0, clientY - current.from)}px)`;
    },
    onPointerUp: (event: PointerEvent) => end(event, false),
    onPointerCancel: (event: PointerEvent) => end(event, true),
  };
}
