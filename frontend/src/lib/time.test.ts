import { describe, expect, test, vi } from "vitest";
import { dayLabel, isSameDay, relativeTime } from "./time";

// Local times, as a reader's calendar has them.
const at = (day: number, hour: number, minute = 0) => new Date(2026, 2, day, hour, minute);
const iso = (date: Date) => date.toISOString();

describe("relative time", () => {
  const now = at(20, 12).getTime();
  const ago = (ms: number) => relativeTime(new Date(now - ms).toISOString(), now);

  test("is coarser the longer it is ago", () => {
    expect(ago(10_000)).toBe("just now");
    expect(ago(5 * 60_000)).toBe("5 min. ago");
    expect(ago(3 * 3_600_000)).toBe("3 hr. ago");
    expect(ago(2 * 86_400_000)).toBe("2 days ago");
    expect(ago(8 * 86_400_000)).toBe("Mar 12");
    expect(ago(400 * 86_400_000)).toBe("Feb 13, 2025");
  });

  test("in German is as Germans write it: a minute is no metre", async () => {
    localStorage.setItem("echo:language", "de");
    vi.resetModules();
    const german = await import("./time");
    const vor = (ms: number) => german.relativeTime(new Date(now - ms).toISOString(), now);
    expect(vor(44 * 60_000)).toBe("vor 44 Min.");
    expect(vor(3 * 3_600_000)).toBe("vor 3 Std.");
    expect(vor(10_000)).toBe("gerade eben");
  });

  test("of a server whose clock runs ahead is never in the future", () => {
    expect(ago(-30_000)).toBe("just now");
  });
});

describe("day separators", () => {
  const now = at(20, 0, 30).getTime();

  test("go by the calendar, not by twenty-four hours", () => {
    expect(dayLabel(iso(at(20, 0, 5)), now)).toBe("Today");
    expect(dayLabel(iso(at(19, 23, 55)), now)).toBe("Yesterday");
    expect(dayLabel(iso(at(18, 23)), now)).toBe("Wednesday");
    expect(dayLabel(iso(at(10, 12)), now)).toBe("Mar 10");
  });

  test("stand between two messages of different days only", () => {
    expect(isSameDay(iso(at(20, 0, 1)), iso(at(20, 23, 59)))).toBe(true);
    expect(isSameDay(iso(at(19, 23, 59)), iso(at(20, 0, 1)))).toBe(false);
  });
});
