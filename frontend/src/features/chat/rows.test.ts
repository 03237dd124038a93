import { expect, test } from "vitest";
import type { Message } from "@/lib/api/types";
import type { OutboxItem } from "@/lib/live/outbox";
import { ann, ben, message } from "@/testing/people";
import { toRows } from "./rows";

const at = (sequence: number, from: typeof ann, when: Date): Message => ({
  ...message(sequence, from, from === ann ? ben : ann, `m${sequence}`),
  sent_at: when.toISOString(),
});

const rowsOf = (messages: Message[], rest: Partial<Parameters<typeof toRows>[0]> = {}) =>
  toRows({
    messages,
    outbox: [],
    me: ann.id,
    peerReadUpTo: null,
    unreadAfter: null,
    fromBeginning: true,
    ...rest,
  });

const outline = (...shown: Parameters<typeof rowsOf>) =>
  rowsOf(...shown).map((row) =>
    row.type === "bubble"
      ? `${row.first ? "[" : ""}${row.bubble.text}${row.last ? "]" : ""}`
      : row.type,
  );

test("a day's first message has the day above it", () => {
  expect(
    outline([at(1, ben, new Date(2026, 2, 19, 23, 58)), at(2, ben, new Date(2026, 2, 20, 0, 1))]),
  ).toEqual(["day", "[m1]", "day", "[m2]"]);
});

test("without the beginning it isn't known where the first message's day began", () => {
  const noon = new Date(2026, 2, 20, 12, 0);
  expect(rowsOf([at(1, ben, noon)], { fromBeginning: false })).toMatchObject([{ type: "bubble" }]);
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
  const rows = rowsOf([at(1, ann, morning), at(2, ann, morning)], {
    outbox: [waiting],
    peerReadUpTo: "c1",
  });
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
  const lastKey = (rows: ReturnType<typeof rowsOf>) => rows.at(-1)?.key;
  const before = lastKey(rowsOf([], { outbox: [onItsWay], fromBeginning: false }));
  expect(lastKey(rowsOf([sent], { fromBeginning: false }))).toBe(before);
  expect(lastKey(rowsOf([at(1, ann, nine), sent], { fromBeginning: false }))).toBe(before);
});

test("the unread messages begin below a line, above the first of them that is still there", () => {
  const nine = new Date(2026, 2, 20, 9, 0);
  const messages = [
    at(1, ben, nine),
    { ...at(2, ben, nine), deleted: true, text: null },
    at(3, ann, nine),
    at(4, ben, nine),
    at(5, ben, nine),
  ];
  expect(outline(messages, { unreadAfter: "c1" })).toEqual([
    "day",
    "[m1",
    "]",
    "[m3]",
    "unread",
    "[m4",
    "m5]",
  ]);
  expect(outline(messages, { unreadAfter: "c5" })).not.toContain("unread");
});

test("whoever has answered has read what was there before", () => {
  const nine = new Date(2026, 2, 20, 9, 0);
  const answered = [at(1, ben, nine), at(2, ben, nine), at(3, ann, nine)];
  expect(outline(answered, { unreadAfter: "c0" })).not.toContain("unread");
  expect(outline([...answered, at(4, ben, nine)], { unreadAfter: "c0" })).toEqual([
    "day",
    "[m1",
    "m2]",
    "[m3]",
    "unread",
    "[m4]",
  ]);
});

test("what was read and what wasn't is said once each, under the last", () => {
  const nine = new Date(2026, 2, 20, 9, 0);
  const rows = rowsOf(
    [1, 2, 3, 4].map((n) => at(n, ann, nine)),
    { peerReadUpTo: "c2" },
  );
  const receipts = rows.flatMap((row) =>
    row.type === "bubble" && row.receipt ? [`${row.bubble.text} ${row.bubble.delivery}`] : [],
  );
  expect(receipts).toEqual(["m2 read", "m4 sent"]);
});
