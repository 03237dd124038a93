import { cn } from "@/lib/cn";

interface CountBadgeProps {
  count: number;
  /** What is counted, for those who don't see where the badge sits. */
  label: string;
  className?: string;
}

export function CountBadge({ count, label, className }: CountBadgeProps) {
  if (count <= 0) return null;
  return (
    <span
      className={cn(
        "inline-flex h-5 min-w-5 items-center justify-center rounded-full bg-ember px-1.5 text-xs font-bold tabular-nums text-on-ember",
        className,
      )}
    >
      <span aria-hidden="true">{count > 99 ? "99+" : count}</span>
      <span className="sr-only">{label}</span>
    </span>
  );
}
