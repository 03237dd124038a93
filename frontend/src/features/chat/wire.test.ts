import { expect, test } from "vitest";
import { ann, ben, message } from "@/testing/people";
import { readSync } from "./wire";

const sync = { items: [], position: "c9", more: false, reset: false };

test("a read state of both, as sync has it, is a change for each who has read", () => {
  const answer = readSync(
    ann.id,
    {
      ...sync,
      items: [
        { type: "read", peer: ben.id, changed: "c8", read_up_to: "c5", peer_read_up_to: "c7" },
        { type: "read", peer: "cleo", changed: "c9", read_up_to: null, peer_read_up_to: "c6" },
      ],
    },
    false,
  );
  expect(answer.reset ? [] : answer.items).toMatchObject([
    { position: "c8", peer: ben.id, reader: ann.id, upTo: "c5" },
    { position: "c8", peer: ben.id, reader: ben.id, upTo: "c7" },
    { position: "c9", peer: "cleo", reader: "cleo", upTo: "c6" },
  ]);
});

test("a message is one change, whoever of the two wrote it, at the position of its last change", () => {
  const mine = message(3, ann, ben, "hi");
  const answer = readSync(
    ann.id,
    { ...sync, items: [{ type: "message", peer: ben.id, changed: "c8", message: mine }] },
    false,
  );
  expect(answer.reset ? [] : answer.items).toMatchObject([
    { key: `message:${ann.id}:${mine.id}`, position: "c8", peer: ben.id },
  ]);
});

test("what a newer server tells of beyond what we know is left out", () => {
  const items = [{ type: "reaction", peer: ben.id, changed: "c8" }] as never;
  const answer = readSync(ann.id, { ...sync, items }, false);
  expect(answer).toMatchObject({ items: [], position: "c9" });
});
