import { useTimeText } from "@/lib/clock";
import { fullTime, relativeTime } from "@/lib/time";

/** How long ago something was, kept true while it is on screen. */
export function Ago({ at, className }: { at: string; className?: string }) {
  const text = useTimeText((now) => relativeTime(at, now));
  return (
    <time dateTime={at} title={fullTime(at)} className={className}>
      {text}
    </time>
  );
}
