import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/** On a phone cards reach from edge to edge; with room around them they float. */
export function Card({ className, ...props }: ComponentProps<"div">) {
  return (
    <div
      className={cn(
        "border-line bg-surface max-sm:border-y sm:rounded-card sm:border sm:shadow-card",
        className,
      )}
      {...props}
    />
  );
}
