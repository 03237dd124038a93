import { cn } from "@/lib/cn";

interface CountBadgeProps {
  count: number;
  /** What is counted, for those who don't see where the badge sits. */
  label: string;
  /** Of what comes all the time, as messages do: what wants an answer stands out beside it. */
  calm?: boolean;
  className?: string;
}

export function CountBadge({ count, label, calm = false, className }: CountBadgeProps) {
  if (count <= 0) return null;
  return (
    <span
      className={cn(
        "inline-flex min-h-5 min-w-5 items-center justify-center rounded-full px-1.5 text-xs font-bold tabular-nums forced-colors:border",
        calm ? "bg-brand text-on-brand" : "bg-ember text-on-ember",
        className,
      )}
    >
      <span aria-hidden="true">{count > 99 ? "99+" : count}</span>
      <span className="sr-only">{label}</span>
    </span>
  );
}
