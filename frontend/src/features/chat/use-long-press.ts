import { type MouseEvent, type PointerEvent, type TouchEvent, useEffect, useRef } from "react";

const LONG_MS = 450;
/** A finger that moves further scrolls. */
const MOVED_PX = 10;

/** Hears a finger that rests on something. What a touch keyboard's owner has instead of pointing at it. */
export function useLongPress(onLongPress: () => void) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const start = useRef({ x: 0, y: 0 });
  const pressed = useRef(false);
  const cancel = () => clearTimeout(timer.current);
  useEffect(() => () => clearTimeout(timer.current), []);
  return {
    onPointerDown: (event: PointerEvent) => {
      cancel();
      pressed.current = false;
      if (event.pointerType !== "touch") return;
      start.current = { x: event.clientX, y: event.clientY };
      timer.current = setTimeout(() => {
        pressed.current = true;
        onLongPress();
      }, LONG_MS);
    },
    onPointerMove: ({ clientX, clientY }: PointerEvent) => {
      const { x, y } = start.current;
      if (Math.hypot(clientX - x, clientY - y) > MOVED_PX) cancel();
    },
    onPointerUp: cancel,
    onPointerCancel: cancel,
    /** Nor is it a tap on what is below: that would take the focus, and with it the menu, away. */
    onTouchEnd: (event: TouchEvent) => {
      if (pressed.current) event.preventDefault();
    },
    /** The end of a long press is no tap on the picture under it. */
    onClickCapture: (event: MouseEvent) => {
      if (!pressed.current) return;
      pressed.current = false;
      event.preventDefault();
      event.stopPropagation();
    },
    /** Android has a menu of its own for a long press. */
    onContextMenu: (event: MouseEvent) => {
      if ((event.nativeEvent as globalThis.PointerEvent).pointerType === "touch") {
        event.preventDefault();
      }
    },
  };
}
