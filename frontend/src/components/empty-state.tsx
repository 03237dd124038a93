import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

interface EmptyStateProps {
  icon: ReactNode;
  title: string;
  hint?: string;
  action?: ReactNode;
  className?: string;
  /** The page's own heading when there is no other, as on the not-found page. */
  heading?: "h1" | "h2";
}

export function EmptyState({
  icon,
  title,
  hint,
  action,
  className,
  heading: Heading = "h2",
}: EmptyStateProps) {
  return (
    <div className={cn("flex flex-col items-center px-6 py-14 text-center", className)}>
      <div className="relative mb-5 grid size-24 place-items-center" aria-hidden="true">
        <span className="absolute inset-0 rounded-full border border-brand/15" />
        <span className="absolute inset-2.5 rounded-full border border-brand/25" />
        <span className="absolute inset-5 rounded-full bg-brand-soft" />
        <span className="relative text-on-brand-soft [&_svg]:size-6">{icon}</span>
      </div>
      <Heading className="text-lg font-bold">{title}</Heading>
      {hint && <p className="mt-1 max-w-sm text-balance text-ink-soft">{hint}</p>}
      {action && <div className="mt-5">{action}</div>}
    </div>
  );
}
