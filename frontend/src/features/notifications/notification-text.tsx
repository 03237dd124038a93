import { Fragment, type ReactNode } from "react";
import type { Notification } from "@/lib/api/types";
import { locale, t } from "@/lib/messages";

const list = new Intl.ListFormat(locale, { type: "conjunction" });

/** Stands for the people in a text until they are put in their place, each name by itself. */
const WHO = "\uFFFC";

/** What happened in words, with the names of those who did it standing out. */
export function NotificationText({ notification }: { notification: Notification }): ReactNode {
  const { actors, actor_count: count, type } = notification;
  // Three at most are named; of four and more the third is one of the others as well.
  const named = count > actors.length ? actors.slice(0, 2) : actors;
  const others = count - named.length;
  const names = named.map((actor) => actor.display_name);
  const parts = list.formatToParts(
    others > 0 ? [...names, t.notifications.others(others, type)] : names,
  );
  const [before, after] = sentence(type, count).split(WHO);
  let element = 0;
  return (
    <>
      {before}
      {parts.map(({ type: kind, value }, i) => {
        const isName = kind === "element" && element++ < named.length;
        return isName ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text have no identity but their order
          <bdi key={i} className="font-bold">
            {value}
          </bdi>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          <Fragment key={i}>{value}</Fragment>
        );
      })}
      {after}
    </>
  );
}

function sentence(type: Notification["type"], count: number): string {
  switch (type) {
    case "like":
      return t.notifications.liked(WHO, count);
    case "comment":
      return t.notifications.commented(WHO, count);
    case "friend_request":
      return t.notifications.asked(WHO);
    case "friend_accepted":
      return t.notifications.accepted(WHO);
  }
}
