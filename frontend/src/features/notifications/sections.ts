import type { Notification } from "@/lib/api/types";

export type Section = "new" | "today" | "earlier";

/** A notification, or the heading above the first of several. */
export type SectionRow =
  | { type: "heading"; section: Section }
  | { type: "notification"; notification: Notification };

/** Notifications in their order, newest first, below what they are: new, of this day (as `Date.toDateString` has it), or older. */
export function inSections(notifications: Notification[], today: string): SectionRow[] {
  const sectionOf = ({ seen, at }: Notification): Section => {
    if (!seen) return "new";
    return new Date(at).toDateString() === today ? "today" : "earlier";
  };
  const sections: Section[] = ["new", "today", "earlier"];
  return sections.flatMap((section) => {
    const within = notifications.filter((notification) => sectionOf(notification) === section);
    if (within.length === 0) return [];
    return [
      { type: "heading", section },
      ...within.map((notification) => ({ type: "notification" as const, notification })),
    ];
  });
}
