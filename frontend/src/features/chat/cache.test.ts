import { describe, expect, test } from "vitest";
import type { Sidebar } from "@/lib/api/types";
import { ann, ben, message } from "@/testing/people";
import { type Conversation, changeConversation, changeSidebar, type MessagePage } from "./cache";
import { messageChange, readChange } from "./changes";

const page = (messages: MessagePage["messages"], rest: Partial<MessagePage> = {}): MessagePage => ({
  messages,
  older: null,
  peer: ben,
  canSend: true,
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
  const arrived = (sequence: number, position = `c${sequence}`) =>
    messageChange(ann.id, message(sequence, ben, ann, "news"), position);
  const rows = (sidebar: Sidebar) =>
    sidebar.recent.map((row) => `${row.peer.username} ${row.unread_count}`);

  test("puts a new message's chat on top and counts it", () => {
    expect(rows(changeSidebar(held, [arrived(8)], null).sidebar)).toEqual(["ben 2", "cleo 0"]);
  });

  test("doesn't count what is on screen", () => {
    expect(rows(changeSidebar(held, [arrived(8)], ben.id).sidebar)).toEqual(["ben 1", "cleo 0"]);
  });

  test("doesn't count an older message that was edited", () => {
    expect(rows(changeSidebar(held, [arrived(2, "c8")], null).sidebar)).toEqual([
      "cleo 0",
      "ben 1",
    ]);
  });

  test("counts nothing more once all was read, on whichever device", () => {
    const read = readChange({ peer: ben.id, reader: ann.id, upTo: "c4", position: "c9" });
    expect(changeSidebar(held, [read], null)).toMatchObject({
      complete: true,
      sidebar: { recent: [{}, { unread_count: 0 }] },
    });
  });

  test("has to be loaded anew when somebody unknown writes, or only a part was read", () => {
    const stranger = { ...ben, id: "stranger" };
    const written = messageChange(ann.id, message(8, stranger, ann, "hello"), "c8");
    expect(changeSidebar(held, [written], null).complete).toBe(false);
    const part = readChange({ peer: ben.id, reader: ann.id, upTo: "c3", position: "c9" });
    expect(changeSidebar(held, [part], null).complete).toBe(false);
  });

  test("moves a friend up to the chats with the first message", () => {
    const friends = { ...held, recent: [], friends: [{ peer: ben }] };
    const { sidebar, complete } = changeSidebar(friends, [arrived(8)], null);
    expect(complete).toBe(true);
    expect(rows(sidebar)).toEqual(["ben 1"]);
    expect(sidebar.friends).toEqual([]);
  });
});
