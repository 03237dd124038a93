import { type PointerEvent, useEffect, useRef, useState } from "react";

/**
 * Lets one item of a list be dragged by a handle: it changes places with each neighbour whose middle the pointer passes.
 * Works with fingers as with a mouse; for keyboards there are other ways.
 */
export function useDragOrder(onMove: (by: 1 | -1) => void) {
  const [dragging, setDragging] = useState(false);
  const latest = useRef(onMove);
  const stop = useRef<(() => void) | null>(null);
  useEffect(() => {
    latest.current = onMove;
  });
  useEffect(() => () => stop.current?.(), []);

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    const item = event.currentTarget.closest("li");
    if (event.button !== 0 || !item) return;
    // Neither text nor the page moves with it.
    event.preventDefault();
    const move = ({ clientY }: globalThis.PointerEvent) => {
      const { previousElementSibling: before, nextElementSibling: after } = item;
      if (before && clientY < middleOf(before)) latest.current(-1);
      else if (after && clientY > middleOf(after)) latest.current(1);
    };
    const end = () => {
      stop.current = null;
      setDragging(false);
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
    };
    stop.current?.();
    stop.current = end;
    setDragging(true);
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
  };
  return { dragging, onPointerDown };
}

function middleOf(element: Element): number {
  const { top, height } = element.getBoundingClientRect();
  return top + height / 2;
}
