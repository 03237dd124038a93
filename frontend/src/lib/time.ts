import { locale, t } from "./messages";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const relative = new Intl.RelativeTimeFormat(locale, { numeric: "always", style: "short" });
const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(locale, { weekday: "long" });
const dayInYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const dayAndYear = new Intl.DateTimeFormat(locale, {
  day: "numeric",
  month: "short",
  year: "numeric",
});
const full = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" });
const month = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric" });

/** "5 min. ago" for what is recent, a date for what is more than a week old. */
export function relativeTime(at: string, now: number = Date.now()): string {
  const then = Date.parse(at);
  const age = now - then;
  // A clock that runs a little behind the server's must not show a post from the future.
  if (age < MINUTE) return t.time.now;
  if (age < HOUR) return relative.format(-Math.floor(age / MINUTE), "minute");
  if (age < DAY) return relative.format(-Math.floor(age / HOUR), "hour");
  if (age < 7 * DAY) return relative.format(-Math.floor(age / DAY), "day");
  return date(then, now);
}

/** The heading above a day's messages: today, yesterday, a weekday, then a date. */
export function dayLabel(at: string, now: number = Date.now()): string {
  const then = Date.parse(at);
  const days = daysBetween(then, now);
  if (days <= 0) return t.time.today;
  if (days === 1) return t.time.yesterday;
  if (days < 7) return weekday.format(then);
  return date(then, now);
}

export function isSameDay(one: string, other: string): boolean {
  return daysBetween(Date.parse(one), Date.parse(other)) === 0;
}

export const clockTime = (at: string): string => clock.format(Date.parse(at));
export const fullTime = (at: string): string => full.format(Date.parse(at));
export const monthAndYear = (at: string): string => month.format(Date.parse(at));

function date(then: number, now: number): string {
  const sameYear = new Date(then).getFullYear() === new Date(now).getFullYear();
  return (sameYear ? dayInYear : dayAndYear).format(then);
}

/** Calendar days in the reader's time zone; rounded, since a day may have 23 or 25 hours. */
function daysBetween(then: number, now: number): number {
  return Math.round((startOfDay(now) - startOfDay(then)) / DAY);
}

function startOfDay(at: number): number {
  const day = new Date(at);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}
