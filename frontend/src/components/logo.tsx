import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";

/** The mark: an e, and its echo. */
export function LogoMark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 40 40" aria-hidden="true" className={cn("size-10", className)}>
      <rect width="40" height="40" rx="11" className="fill-[#0f4c57] dark:fill-[#14606c]" />
      <g fill="none" strokeLinecap="round" strokeLinejoin="round">
        <path d="M9.6 23h15a7.6 7.6 0 1 0-2.6 5.6" stroke="#f2fbfb" strokeWidth="3.7" />
        <path d="M22.2 10A14 14 0 0 1 30.9 21" stroke="#f0a36b" strokeWidth="3.5" />
      </g>
    </svg>
  );
}

export function Logo({ className }: { className?: string }) {
  return (
    <span className={cn("inline-flex items-center gap-3", className)}>
      <LogoMark className="size-9" />
      <span className="font-display text-2xl font-bold tracking-[-0.03em]">{t.app.name}</span>
    </span>
  );
}
