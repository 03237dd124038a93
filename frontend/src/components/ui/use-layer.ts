import { useEffect, useRef } from "react";
import { openLayer } from "@/lib/layers";

/** While it is open, Back is for this layer: `onBack` closes it, or answers false when it stays. */
export function useLayer(open: boolean, onBack: () => boolean): void {
  const latest = useRef(onBack);
  useEffect(() => {
    latest.current = onBack;
  });
  useEffect(() => {
    return open ? openLayer(() => latest.current()) : undefined;
  }, [open]);
}
