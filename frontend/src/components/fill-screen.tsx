import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";
import { useVisibleArea } from "./use-visible-area";

interface FillScreenProps extends ComponentProps<"div"> {
  /** Otherwise it is as high as what is in it. */
  active: boolean;
}

/** As high as the screen, or what a touch keyboard leaves of it: what stands at its end is never under the keyboard. */
export function FillScreen({ active, className, ...props }: FillScreenProps) {
  const area = useVisibleArea();
  const style = active && area ? { height: area.height, translate: `0 ${area.top}px` } : undefined;
  return (
    <div
      className={cn(active && "grid h-dvh grid-rows-[auto_minmax(0,1fr)]", className)}
      style={style}
      {...props}
    />
  );
}
