import { describe, expect, test } from "vitest";
import type { Sidebar } from "@/lib/api/types";
import { ann, ben, message } from "@/testing/people";
import {
  type Conversation,
  changeConversation,
  changeSidebar,
  type MessagePage,
  unreadIn,
} from "./cache";
import { messageChange, readChange } from "./changes";

const page = (messages: MessagePage["messages"], rest: Partial<MessagePage> = {}): MessagePage => ({
  messages,
  older: null,
  peer: ben,
  readUpTo: null,
  peerReadUpTo: null,
  ...rest,
});

const texts = (conversation: Conversation) =>
  conversation.pages.toReversed().flatMap((each) => each.messages.map(({ text }) => text));

describe("a conversation", () => {
  const held: Conversation = {
    pages: [
      page([message(7, ben, ann, "seven"), message(9, ann, ben, "nine")], { older: "x" }),
      page([message(3, ben, ann, "three"), message(5, ben, ann, "five")], { older: "y" }),
    ],
    pageParams: [null, "x"],
  };
  const changed = (sequence: number, text: string, position = `c${sequence}`) =>
    changeConversation(held, ben.id, [
      messageChange(ann.id, message(sequence, ben, ann, text), position),
    ]);

  test("takes a new message at its end", () => {
    expect(texts(changed(10, "ten"))).toEqual(["three", "five", "seven", "nine", "ten"]);
  });

  test("takes a missed message at its place", () => {
    expect(texts(changed(8, "eight"))).toEqual(["three", "five", "seven", "eight", "nine"]);
  });

  test("shows an edited message where it stood", () => {
    expect(texts(changed(5, "five!", "c20"))).toEqual(["three", "five!", "seven", "nine"]);
  });

  test("leaves alone what is older than all that is loaded", () => {
    expect(texts(changed(1, "one", "c20"))).toEqual(["three", "five", "seven", "nine"]);
  });

  test("isn't changed by what belongs to another", () => {
    const change = messageChange(ann.id, message(10, ann, ben, "ten"), "c10");
    expect(changeConversation(held, "somebody-else", [change])).toBe(held);
  });

  test("knows how far the other has read", () => {
    const read = (reader: string, upTo: string) =>
      readChange({ peer: ben.id, reader, upTo, position: "c11" });
    const changes = [read(ben.id, "c9"), read(ann.id, "c7"), read(ben.id, "c3")];
    expect(changeConversation(held, ben.id, changes).pages[0]).toMatchObject({
      peerReadUpTo: "c9",
      readUpTo: "c7",
    });
  });
});

describe("the sidebar", () => {
  const cleo = { ...ben, id: "cleo", username: "cleo", display_name: "Cleo" };
  const held: Sidebar = {
    recent: [
      { peer: cleo, last_message: message(6, ann, cleo, "bye"), unread_count: 0 },
      { peer: ben, last_message: message(4, ben, ann, "hi"), unread_count: 1 },
    ],
    more_recent: false,
    friends: [],
    more_friends: false,
  };
  const looking = { reading: null };
  const arrived = (sequence: number, position = `c${sequence}`) =>
    messageChange(ann.id, message(sequence, ben, ann, "news"), position);
  const rows = (sidebar: Sidebar) =>
    sidebar.recent.map((row) => `${row.peer.username} ${row.unread_count}`);

  test("puts a new message's chat on top and counts it", () => {
    expect(rows(changeSidebar(held, [arrived(8)], looking).sidebar)).toEqual(["ben 2", "cleo 0"]);
  });

  test("doesn't count what is on screen", () => {
    expect(rows(changeSidebar(held, [arrived(8)], { reading: ben.id }).sidebar)).toEqual([
      "ben 1",
      "cleo 0",
    ]);
  });

  test("doesn't count an older message that was edited", () => {
    expect(rows(changeSidebar(held, [arrived(2, "c8")], looking).sidebar)).toEqual([
      "cleo 0",
      "ben 1",
    ]);
  });

  const takenBack = (sequence: number) =>
    messageChange(ann.id, { ...message(sequence, ben, ann, ""), text: null, deleted: true }, "c9");

  test("counts an unread message no longer once it was taken back, and only once", () => {
    const once = changeSidebar(held, [takenBack(4)], looking);
    expect([rows(once.sidebar), once.complete]).toEqual([["cleo 0", "ben 0"], true]);
    expect(rows(changeSidebar(once.sidebar, [takenBack(4)], looking).sidebar)).toEqual([
      "cleo 0",
      "ben 0",
    ]);
  });

  test("doesn't count what was taken back before one heard of it", () => {
    expect(rows(changeSidebar(held, [takenBack(8)], looking).sidebar)).toEqual(["ben 1", "cleo 0"]);
  });

  test("has to be loaded anew when an older message was taken back that may have been unread", () => {
    expect(changeSidebar(held, [takenBack(3)], looking).complete).toBe(false);
    const counted = changeSidebar(held, [takenBack(3)], { reading: null, unreadOf: () => 7 });
    expect([rows(counted.sidebar), counted.complete]).toEqual([["cleo 0", "ben 7"], true]);
  });

  test("counts nothing more once all was read, on whichever device", () => {
    const read = readChange({ peer: ben.id, reader: ann.id, upTo: "c4", position: "c9" });
    expect(changeSidebar(held, [read], looking)).toMatchObject({
      complete: true,
      sidebar: { recent: [{}, { unread_count: 0 }] },
    });
  });

  test("has to be loaded anew when somebody unknown writes, or only a part was read", () => {
    const stranger = { ...ben, id: "stranger" };
    const written = messageChange(ann.id, message(8, stranger, ann, "hello"), "c8");
    expect(changeSidebar(held, [written], looking).complete).toBe(false);
    const part = readChange({ peer: ben.id, reader: ann.id, upTo: "c3", position: "c9" });
    expect(changeSidebar(held, [part], looking).complete).toBe(false);
  });

  test("moves a friend up to the chats with the first message", () => {
    const friends = { ...held, recent: [], friends: [{ peer: ben }] };
    const { sidebar, complete } = changeSidebar(friends, [arrived(8)], looking);
    expect(complete).toBe(true);
    expect(rows(sidebar)).toEqual(["ben 1"]);
    expect(sidebar.friends).toEqual([]);
  });
});

test("unread messages are counted where they are loaded, without those that were taken back", () => {
  const messages = [
    message(1, ben, ann, "read"),
    message(2, ann, ben, "mine"),
    message(3, ben, ann, "new"),
    { ...message(4, ben, ann, ""), deleted: true },
    message(5, ben, ann, "newer"),
  ];
  const unread = (...[shown, rest]: Parameters<typeof page>) =>
    unreadIn({ pages: [page(shown, rest)], pageParams: [null] }, ben.id);
  expect(unread(messages, { readUpTo: "c1" })).toBe(2);
  expect(unread(messages, { readUpTo: "c5" })).toBe(0);
  // Before the first that is loaded there may be more.
  expect(unread(messages.slice(2), { readUpTo: "c1", older: "cursor" })).toBe(null);
});
