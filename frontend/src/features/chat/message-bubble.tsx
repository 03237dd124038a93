import { Suspense } from "react";
import { RichText } from "@/components/rich-text";
import type { MessageMedia } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { isEmojiOnly } from "./emoji-only";
import type { BubbleRow } from "./rows";

// Most messages are words.
const MessagePictures = lazyPart(() => import("./message-pictures"));

/** What somebody said, in the shape of its place among what they said in a row. A few emoji and a picture alone need no frame. */
export function MessageBubble({ row: { bubble, first, last } }: { row: BubbleRow }) {
  const { mine, text, media } = bubble;
  const failed = bubble.delivery === "failed";
  const pictures = media.length > 0;
  const bare = !(failed || bubble.deleted) && (pictures ? text === "" : isEmojiOnly(text));
  return (
    <div
      className={cn(
        "min-w-0 max-w-[min(85%,34rem)] rounded-[1.25rem] px-4 py-2 leading-normal",
        pictures && "p-1.5",
        mine
          ? "bg-bubble text-on-bubble forced-colors:border"
          : "border border-line bg-surface text-ink",
        mine && !first && "rounded-se-md",
        mine && !last && "rounded-ee-md",
        !mine && !first && "rounded-ss-md",
        !mine && !last && "rounded-es-md",
        failed && "border border-danger bg-danger-soft text-ink",
        bubble.deleted && "border border-dashed border-line-strong bg-transparent text-ink-faint",
        bare && "rounded-xl border-0 bg-transparent p-0 text-ink",
      )}
    >
      {bubble.deleted ? (
        <p className="italic">{t.chat.deleted}</p>
      ) : (
        <>
          {pictures && (
            <Suspense fallback={<PlaceOf media={media} />}>
              <MessagePictures media={media} />
            </Suspense>
          )}
          {text && (
            <RichText
              text={text}
              className={cn(
                "text-pretty",
                pictures && "px-2.5 pt-1.5 pb-0.5",
                bare && "text-[2.75rem] leading-tight",
              )}
            />
          )}
        </>
      )}
      {bubble.edited && !bubble.deleted && (
        <span
          className={cn(
            "text-xs",
            pictures && !bare && "px-2.5",
            mine && !bare ? "text-on-bubble-soft" : "text-ink-faint",
          )}
        >
          {t.chat.edited}
        </span>
      )}
    </div>
  );
}

/** About the room that pictures take. */
function PlaceOf({ media: [first] }: { media: MessageMedia[] }) {
  const shape = first?.width && first.height ? first.width / first.height : 1;
  return (
    <span className="block max-h-96 min-w-48 rounded-xl bg-sunken" style={{ aspectRatio: shape }} />
  );
}
