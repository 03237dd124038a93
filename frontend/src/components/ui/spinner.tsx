import { cn } from "@/lib/cn";

/** Two ripples, one after the other. Silent: what waits says so itself. */
export function Spinner({ className }: { className?: string }) {
  return (
    <span aria-hidden="true" className={cn("inline-grid size-5 place-items-center", className)}>
      <span className="col-start-1 row-start-1 size-full animate-ripple rounded-full border-2 border-current" />
      <span className="col-start-1 row-start-1 size-full animate-ripple rounded-full border-2 border-current [animation-delay:0.8s]" />
    </span>
  );
}
