import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/**
 * A text area as tall as its text, up to its maximum height. A hidden copy of the text gives the
 * grid cell its height, so that nothing is measured and nothing jumps.
 */
export function AutoTextarea({ className, value, ...props }: ComponentProps<"textarea">) {
  return (
    <div className="grid min-w-0">
      <div
        aria-hidden="true"
        className={cn(
          "pointer-events-none invisible col-start-1 row-start-1 overflow-hidden whitespace-pre-wrap break-words",
          className,
        )}
      >
        {`${value ?? ""} `}
      </div>
      <textarea
        rows={1}
        value={value}
        className={cn("col-start-1 row-start-1 resize-none bg-transparent", className)}
        {...props}
      />
    </div>
  );
}
