import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export const controlClasses =
  "w-full rounded-xl border border-line-strong/60 bg-surface text-base text-ink placeholder:text-ink-faint transition-colors hover:border-line-strong focus-visible:border-brand focus-visible:outline-offset-0 aria-invalid:border-danger";

export function Input({ className, ...props }: ComponentProps<"input">) {
  return (
    <input
      dir="auto"
      className={cn(controlClasses, "h-12 px-4 text-ellipsis", className)}
      {...props}
    />
  );
}
