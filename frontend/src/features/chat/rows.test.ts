import { expect, test } from "vitest";
import type { Message } from "@/lib/api/types";
import type { OutboxItem } from "@/lib/live/outbox";
import { ann, ben, message } from "@/testing/people";
import { toRows } from "./rows";

const at = (sequence: number, from: typeof ann, when: Date): Message => ({
  ...message(sequence, from, from === ann ? ben : ann, `m${sequence}`),
  sent_at: when.toISOString(),
});

const outline = (
  messages: Message[],
  outbox: OutboxItem[] = [],
  peerReadUpTo: string | null = null,
) =>
  toRows(messages, outbox, ann.id, peerReadUpTo, true).map((row) =>
    row.type === "day" ? "day" : `${row.first ? "[" : ""}${row.bubble.text}${row.last ? "]" : ""}`,
  );

test("a day's first message has the day above it", () => {
  expect(
    outline([at(1, ben, new Date(2026, 2, 19, 23, 58)), at(2, ben, new Date(2026, 2, 20, 0, 1))]),
  ).toEqual(["day", "[m1]", "day", "[m2]"]);
});

test("without the beginning it isn't known where the first message's day began", () => {
  const noon = new Date(2026, 2, 20, 12, 0);
  expect(toRows([at(1, ben, noon)], [], ann.id, null, false)).toMatchObject([{ type: "bubble" }]);
});

test("what one person says without a long pause belongs together", () => {
  expect(
    outline([
      at(1, ben, new Date(2026, 2, 20, 9, 0)),
      at(2, ben, new Date(2026, 2, 20, 9, 2)),
      at(3, ann, new Date(2026, 2, 20, 9, 3)),
      at(4, ann, new Date(2026, 2, 20, 9, 30)),
    ]),
  ).toEqual(["day", "[m1", "m2]", "[m3]", "[m4]"]);
});

test("one's own messages say how far they have come", () => {
  const morning = new Date(2026, 2, 20, 9, 0);
  const waiting: OutboxItem = {
    id: "w",
    to: ben.id,
    text: "later",
    createdAt: morning.toISOString(),
    state: "failed",
  };
  const rows = toRows([at(1, ann, morning), at(2, ann, morning)], [waiting], ann.id, "c1", true);
  expect(rows.flatMap((row) => (row.type === "bubble" ? [row.bubble] : []))).toMatchObject([
    { text: "m1", delivery: "read" },
    { text: "m2", delivery: "sent" },
    { text: "later", delivery: "failed" },
  ]);
});

test("a row keeps its key when it has been sent, and when older ones come before it", () => {
  const nine = new Date(2026, 2, 20, 9, 0);
  const sent = at(2, ann, nine);
  const onItsWay: OutboxItem = {
    id: sent.id,
    to: ben.id,
    text: "m2",
    createdAt: nine.toISOString(),
    state: "sending",
  };
  const lastKey = (rows: ReturnType<typeof toRows>) => rows.at(-1)?.key;
  const before = lastKey(toRows([], [onItsWay], ann.id, null, false));
  expect(lastKey(toRows([sent], [], ann.id, null, false))).toBe(before);
  expect(lastKey(toRows([at(1, ann, nine), sent], [], ann.id, null, false))).toBe(before);
});
