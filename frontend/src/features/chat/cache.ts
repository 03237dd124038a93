import type { InfiniteData } from "@tanstack/react-query";
import type { Message, Peer, Sidebar } from "@/lib/api/types";
import { isNewer, sequenceOf } from "@/lib/positions";
import type { ChatChange, MessageChange, ReadChange } from "./changes";

/** A stretch of a conversation, oldest first. */
export interface MessagePage {
  messages: Message[];
  /** Where the next older stretch is, or null at the beginning of the conversation. */
  older: string | null;
  peer: Peer;
  readUpTo: string | null;
  peerReadUpTo: string | null;
}

/** The newest page first, as they are loaded. */
export type Conversation = InfiniteData<MessagePage, string | null>;

/** A conversation after some changes; changes to what isn't loaded change nothing. */
export function changeConversation(
  conversation: Conversation,
  peer: string,
  changes: ChatChange[],
): Conversation {
  return changes
    .filter((change) => change.peer === peer)
    .reduce((data, change) => {
      return change.kind === "read"
        ? withReadState(data, change)
        : withMessage(data, change.message);
    }, conversation);
}

function withReadState(conversation: Conversation, change: ReadChange): Conversation {
  const side = change.reader === change.peer ? "peerReadUpTo" : "readUpTo";
  if (!isNewer(change.upTo, conversation.pages[0]?.[side])) return conversation;
  return withNewest(conversation, { [side]: change.upTo });
}

function withMessage(conversation: Conversation, message: Message): Conversation {
  const { pages } = conversation;
  // The page that holds it already, else the one whose stretch it falls into.
  const at = pages.findIndex(
    ({ messages, older }) =>
      messages.some((each) => isSame(each, message)) ||
      older === null ||
      isNewer(message.position, messages[0]?.position),
  );
  if (at < 0) return conversation;
  return {
    ...conversation,
    pages: pages.map((page, i) =>
      i === at ? { ...page, messages: insert(page.messages, message) } : page,
    ),
  };
}

function insert(messages: Message[], message: Message): Message[] {
  return [...messages.filter((each) => !isSame(each, message)), message].sort(
    (one, other) => sequenceOf(one.position) - sequenceOf(other.position),
  );
}

const isSame = (one: Message, other: Message): boolean =>
  one.id === other.id && one.from === other.from;

/** As far as the server counts, too. */
const MOST_UNREAD = 100;

/** How many messages of the other aren't read yet; null if what is loaded doesn't reach back to where one has read. */
export function unreadIn({ pages }: Conversation, peer: string): number | null {
  const [newest] = pages;
  const oldest = pages.at(-1);
  if (!newest || !oldest || !reaches(oldest, newest.readUpTo)) return null;
  const unread = pages
    .flatMap((page) => page.messages)
    .filter((message) => isUnread(message, peer, newest.readUpTo));
  return Math.min(unread.length, MOST_UNREAD);
}

/** True if the first message to be read is loaded, or there is none. */
export function reachesUnread(newest: MessagePage, oldest: MessagePage): boolean {
  return reaches(oldest, readPoint(newest.messages, newest.peer.id, newest.readUpTo));
}

function reaches({ older, messages: [first] }: MessagePage, readUpTo: string | null): boolean {
  return older === null || !first || !isNewer(first.position, readUpTo);
}

/** How far one has read as the chat itself shows it: an answer says that what was there was read. */
export function readPoint(
  messages: Message[],
  peer: string,
  readUpTo: string | null,
): string | null {
  const answered = messages.findLast(({ from }) => from !== peer)?.position;
  return answered !== undefined && isNewer(answered, readUpTo) ? answered : readUpTo;
}

export const isUnread = (message: Message, peer: string, readUpTo: string | null): boolean =>
  message.from === peer && !message.deleted && isNewer(message.position, readUpTo);

/** `complete` is false where the sidebar can't know something by itself and has to be loaded anew. */
export type SidebarChange = { sidebar: Sidebar; complete: boolean };

interface SidebarContext {
  /** The person whose chat is looked at: what they write is read as it arrives. */
  reading: string | null;
  /** How many of somebody's messages are unread, where their chat is loaded. */
  unreadOf?: (peer: string) => number | null;
}

/** The sidebar after some changes, which the loaded chats have seen already. */
export function changeSidebar(
  sidebar: Sidebar,
  changes: ChatChange[],
  { reading, unreadOf = () => null }: SidebarContext,
): SidebarChange {
  let complete = true;
  let next = sidebar;
  for (const change of changes) {
    const changed =
      change.kind === "message"
        ? withLastMessage(next, change, reading)
        : withReadUpTo(next, change);
    const counted = change.peer === reading ? null : unreadOf(change.peer);
    const row = changed.sidebar.recent.find(({ peer }) => peer.id === change.peer);
    next =
      row && counted !== null ? withUnread(changed.sidebar, change.peer, counted) : changed.sidebar;
    if (!changed.complete && !(row && counted !== null)) complete = false;
  }
  return { sidebar: next, complete };
}

function withReadUpTo(sidebar: Sidebar, { peer, reader, upTo }: ReadChange): SidebarChange {
  const row = sidebar.recent.find((each) => each.peer.id === peer);
  if (reader === peer || !row || row.unread_count === 0) return { sidebar, complete: true };
  // Something was read, but not all: how much is left the server knows.
  if (isNewer(row.last_message.position, upTo)) return { sidebar, complete: false };
  return { sidebar: withUnread(sidebar, peer, 0), complete: true };
}

function withLastMessage(
  sidebar: Sidebar,
  { peer: id, message }: MessageChange,
  reading: string | null,
): SidebarChange {
  const row = sidebar.recent.find(({ peer }) => peer.id === id);
  const peer = row?.peer ?? sidebar.friends.find((friend) => friend.peer.id === id)?.peer;
  // Nothing is known of the other person.
  if (!peer) return { sidebar, complete: false };
  const theirs = message.from === id;
  if (row && isSame(row.last_message, message)) {
    const { last_message: before, unread_count: unread } = row;
    // Where anything is unread, the last that they said is.
    const takenBack = theirs && message.deleted && !before.deleted && unread > 0;
    const changed = { ...row, last_message: message, unread_count: unread - (takenBack ? 1 : 0) };
    return {
      sidebar: {
        ...sidebar,
        recent: sidebar.recent.map((each) => (each === row ? changed : each)),
      },
      // As many as are counted may be more.
      complete: !takenBack || unread < MOST_UNREAD,
    };
  }
  if (row && !isNewer(message.position, row.last_message.position)) {
    // An older message that was changed isn't the last one and isn't new; but it may have been unread.
    return { sidebar, complete: !(theirs && message.deleted && row.unread_count > 0) };
  }
  const isNews = theirs && !message.deleted && reading !== id;
  const unread = theirs ? (row?.unread_count ?? 0) + (isNews ? 1 : 0) : 0;
  return {
    sidebar: {
      ...sidebar,
      recent: [
        { peer, last_message: message, unread_count: Math.min(unread, MOST_UNREAD) },
        ...sidebar.recent.filter((each) => each.peer.id !== id),
      ],
      friends: sidebar.friends.filter((friend) => friend.peer.id !== id),
    },
    complete: true,
  };
}

export function withUnread(sidebar: Sidebar, peer: string, unread: number): Sidebar {
  return {
    ...sidebar,
    recent: sidebar.recent.map((row) =>
      row.peer.id === peer && row.unread_count !== unread ? { ...row, unread_count: unread } : row,
    ),
  };
}

/** The conversation as its newest page is changed: what it says of the chat itself. */
export function withNewest(
  conversation: Conversation,
  change: Partial<Omit<MessagePage, "messages" | "older">>,
): Conversation {
  const [newest, ...older] = conversation.pages;
  if (!newest) return conversation;
  return { ...conversation, pages: [{ ...newest, ...change }, ...older] };
}

export const unreadTotal = (sidebar: Sidebar | undefined): number =>
  sidebar?.recent.reduce((sum, row) => sum + row.unread_count, 0) ?? 0;
