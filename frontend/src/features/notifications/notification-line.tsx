import { Heart, MessageSquareText, UserRoundCheck, UserRoundPlus } from "lucide-react";
import { Link } from "react-router";
import { Ago } from "@/components/ago";
import { Avatar } from "@/components/avatar";
import type { Notification } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { locale, t } from "@/lib/messages";
import { paths } from "@/lib/paths";

const ICONS = {
  like: { Icon: Heart, className: "bg-ember text-on-ember" },
  comment: { Icon: MessageSquareText, className: "bg-brand text-on-brand" },
  friend_request: { Icon: UserRoundPlus, className: "bg-brand text-on-brand" },
  friend_accepted: { Icon: UserRoundCheck, className: "bg-brand text-on-brand" },
} as const;

/** What happened, who did it, and what it is about; the whole line leads there. */
export function NotificationLine({ notification }: { notification: Notification }) {
  const { type, actors, actor_count: count, post, comment, seen } = notification;
  const [first] = actors;
  const { Icon, className } = ICONS[type];
  const about = comment ?? post;
  return (
    <Link
      to={addressOf(notification)}
      className={cn(
        "flex items-start gap-3 rounded-xl px-3 py-3 hover:bg-sunken focus-visible:-outline-offset-2",
        !seen && "bg-brand-soft/60",
      )}
    >
      <span className="relative shrink-0">
        {first && <Avatar person={first} />}
        <span
          className={cn(
            "absolute -end-1 -bottom-1 grid size-6 place-items-center rounded-full border-2 border-surface",
            className,
          )}
        >
          <Icon aria-hidden="true" className="size-3" strokeWidth={2.5} />
        </span>
      </span>
      <span className="min-w-0 flex-1 leading-snug">
        <span className={cn("block", !seen && "font-semibold")}>{textOf(notification, count)}</span>
        {about?.excerpt && (
          <span className="mt-0.5 line-clamp-2 block text-sm text-ink-soft">{about.excerpt}</span>
        )}
        <Ago at={notification.at} className="mt-0.5 block text-sm text-ink-faint" />
      </span>
      {!seen && (
        <span className="mt-2 size-2.5 shrink-0 rounded-full bg-ember">
          <span className="sr-only">{t.notifications.isNew}</span>
        </span>
      )}
    </Link>
  );
}

const list = new Intl.ListFormat(locale, { type: "conjunction" });

function textOf({ type, actors }: Notification, count: number): string {
  const names = actors.map((actor) => actor.display_name);
  // Three at most are named; of four and more the third is one of the others as well.
  const named = count > names.length ? names.slice(0, 2) : names;
  const others = count - named.length;
  const who = list.format(others > 0 ? [...named, t.notifications.others(others, type)] : named);
  switch (type) {
    case "like":
      return t.notifications.liked(who, count);
    case "comment":
      return t.notifications.commented(who, count);
    case "friend_request":
      return t.notifications.asked(who);
    case "friend_accepted":
      return t.notifications.accepted(who);
  }
}

function addressOf({ type, post, actors }: Notification): string {
  const [first] = actors;
  if (post) return paths.post(post.id);
  if (type === "friend_request" || !first) return paths.friends;
  return paths.user(first.username);
}
