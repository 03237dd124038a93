import { cn } from "@/lib/cn";

interface ProgressBarProps {
  label: string;
  /** From 0 to 1. */
  value: number;
  className?: string;
}

/** How far something has come, in our own colours in every browser. */
export function ProgressBar({ label, value, className }: ProgressBarProps) {
  return (
    <progress
      aria-label={label}
      value={value}
      className={cn(
        "h-2 appearance-none forced-color-adjust-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-brand [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:rounded-full [&::-webkit-progress-value]:bg-brand [&::-webkit-progress-value]:transition-[width]",
        className,
      )}
    />
  );
}
