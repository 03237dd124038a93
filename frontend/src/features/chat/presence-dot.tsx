import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { usePresence } from "./chat-provider";

/** At the corner of a picture: they are online now. */
export function PresenceDot({ user, className }: { user: string; className?: string }) {
  if (!usePresence(user)?.online) return null;
  return (
    <span
      className={cn(
        "absolute end-0 bottom-0 size-3.5 rounded-full border-2 border-surface bg-online forced-color-adjust-none",
        className,
      )}
    >
      <span className="sr-only">{t.chat.online}</span>
    </span>
  );
}
