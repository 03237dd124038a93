import { useEffect, useState } from "react";
import { fullTime, relativeTime } from "@/lib/time";

/** How long ago something was, kept true while it is on screen. */
export function Ago({ at, className }: { at: string; className?: string }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 60_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={at} title={fullTime(at)} className={className}>
      {relativeTime(at)}
    </time>
  );
}
