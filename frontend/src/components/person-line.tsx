import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Person } from "@/lib/api/types";
import { paths } from "@/lib/paths";
import { Avatar } from "./avatar";

/** A person in a list, with what can be done about them at the end. */
export function PersonLine({
  person,
  note,
  mark,
  children,
}: {
  person: Person;
  /** Stands at the edge of their picture, as whether they are online. */
  mark?: ReactNode;
  /** What is to be said of them besides their names. */
  note?: string;
  children?: ReactNode;
}) {
  return (
    <div className="flex min-h-16 flex-wrap items-center gap-x-3 gap-y-2 py-2">
      <Link
        to={paths.user(person.username)}
        className="group flex min-w-0 flex-1 basis-40 items-center gap-3 rounded-xl"
      >
        <span className="relative shrink-0">
          <Avatar person={person} />
          {mark}
        </span>
        <span className="min-w-0">
          <bdi className="block truncate font-semibold group-hover:underline">
            {person.display_name}
          </bdi>
          <span className="block truncate text-sm text-ink-faint">@{person.username}</span>
          {note && <span className="block truncate text-sm text-ink-soft">{note}</span>}
        </span>
      </Link>
      {children && <div className="flex items-center gap-2">{children}</div>}
    </div>
  );
}
