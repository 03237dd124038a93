import { Heart, MessageSquareText, UserRoundCheck, UserRoundPlus } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { Ago } from "@/components/ago";
import { Avatar } from "@/components/avatar";
import type { Notification, Person } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";
import { NotificationText } from "./notification-text";

const ICONS = {
  like: { Icon: Heart, className: "bg-ember text-on-ember" },
  comment: { Icon: MessageSquareText, className: "bg-brand text-on-brand" },
  friend_request: { Icon: UserRoundPlus, className: "bg-brand text-on-brand" },
  friend_accepted: { Icon: UserRoundCheck, className: "bg-brand text-on-brand" },
} as const;

interface NotificationLineProps {
  notification: Notification;
  /** What can be answered to a friend request, in the line itself. */
  answers: (person: Person) => ReactNode;
}

/** What happened, who did it, and what it is about; the whole line leads there. */
export function NotificationLine({ notification, answers }: NotificationLineProps) {
  const { type, actors, post, comment, seen, at } = notification;
  const [first] = actors;
  const { Icon, className } = ICONS[type];
  const excerpt = (comment ?? post)?.excerpt;
  return (
    <div className="@container">
      {/* Where text is large and room is narrow, the answers go below, and nothing is left out. */}
      <div className="relative flex items-center gap-3 rounded-xl px-3 py-1.5 @max-[16rem]:flex-wrap hover:bg-hover has-[a:focus-visible]:outline-2 has-[a:focus-visible]:-outline-offset-2 has-[a:focus-visible]:outline-brand">
        <span className="relative shrink-0">
          {first && <Avatar person={first} />}
          <span
            className={cn(
              "absolute -end-1 -bottom-1 grid size-5.5 place-items-center rounded-full border-2 border-surface",
              className,
            )}
          >
            <Icon aria-hidden="true" className="size-2.5" strokeWidth={3} />
          </span>
        </span>
        <Link
          to={addressOf(notification)}
          className="min-w-0 flex-1 text-sm leading-snug @max-[16rem]:basis-3/5 outline-none sm:text-[0.9375rem] after:absolute after:inset-0 after:rounded-xl"
        >
          {!seen && <span className="sr-only">{t.notifications.isNew}: </span>}
          <span
            className={cn(
              "@max-[16rem]:line-clamp-none",
              type === "friend_request" ? "line-clamp-3" : "line-clamp-2",
            )}
          >
            <NotificationText notification={notification} />
          </span>
          <span className="flex gap-1 text-[0.8125rem] text-ink-faint sm:text-sm">
            {excerpt && (
              <>
                <bdi className="truncate">{excerpt}</bdi>
                <span aria-hidden="true">·</span>
              </>
            )}
            <Ago at={at} className="shrink-0" />
          </span>
        </Link>
        {type === "friend_request" && first && (
          <span className="relative flex shrink-0 items-center gap-1">{answers(first)}</span>
        )}
        {post?.thumbnail_url && (
          <img
            src={post.thumbnail_url}
            alt=""
            loading="lazy"
            className="size-11 shrink-0 rounded-lg bg-sunken object-cover"
          />
        )}
        {!seen && <span aria-hidden="true" className="size-2.5 shrink-0 rounded-full bg-ember" />}
      </div>
    </div>
  );
}

function addressOf({ post, actors }: Notification): string {
  const [first] = actors;
  if (post) return paths.post(post.id);
  return first ? paths.user(first.username) : paths.friends;
}
