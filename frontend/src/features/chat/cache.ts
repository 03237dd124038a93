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
  canSend: boolean;
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
  const [newest, ...older] = conversation.pages;
  if (!newest) return conversation;
  const side = change.reader === change.peer ? "peerReadUpTo" : "readUpTo";
  if (!isNewer(change.upTo, newest[side])) return conversation;
  return { ...conversation, pages: [{ ...newest, [side]: change.upTo }, ...older] };
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

/** What the sidebar can't know by itself; then it has to be loaded anew. */
export type SidebarChange = { sidebar: Sidebar; complete: boolean };

/**
 * The sidebar after some changes. `reading` is the person whose chat is on screen: what they write
 * is read as it arrives.
 */
export function changeSidebar(
  sidebar: Sidebar,
  changes: ChatChange[],
  reading: string | null,
): SidebarChange {
  let complete = true;
  let next = sidebar;
  for (const change of changes) {
    const row = next.recent.find(({ peer }) => peer.id === change.peer);
    if (change.kind === "message") {
      const changed = withLastMessage(next, change, reading);
      if (changed) next = changed;
      else complete = false;
    } else if (change.reader !== change.peer && row && row.unread_count > 0) {
      const all = !isNewer(row.last_message.position, change.upTo);
      if (all) next = withUnread(next, change.peer, 0);
      // Something was read, but not all: how much is left only the server knows.
      else complete = false;
    }
  }
  return { sidebar: next, complete };
}

/** Null if nothing is known of the other person. */
function withLastMessage(
  sidebar: Sidebar,
  { peer: id, message }: MessageChange,
  reading: string | null,
): Sidebar | null {
  const row = sidebar.recent.find(({ peer }) => peer.id === id);
  const peer = row?.peer ?? sidebar.friends.find((friend) => friend.peer.id === id)?.peer;
  if (!peer) return null;
  if (row && isSame(row.last_message, message)) {
    return {
      ...sidebar,
      recent: sidebar.recent.map((each) =>
        each === row ? { ...each, last_message: message } : each,
      ),
    };
  }
  // An older message that was changed isn't the last one and isn't new.
  if (row && !isNewer(message.position, row.last_message.position)) return sidebar;
  const isNews = message.from === id && reading !== id;
  const unread = message.from === id ? (row?.unread_count ?? 0) : 0;
  return {
    ...sidebar,
    recent: [
      { peer, last_message: message, unread_count: unread + (isNews ? 1 : 0) },
      ...sidebar.recent.filter((each) => each.peer.id !== id),
    ],
    friends: sidebar.friends.filter((friend) => friend.peer.id !== id),
  };
}

export function withUnread(sidebar: Sidebar, peer: string, unread: number): Sidebar {
  return {
    ...sidebar,
    recent: sidebar.recent.map((row) =>
      row.peer.id === peer ? { ...row, unread_count: unread } : row,
    ),
  };
}

export const unreadTotal = (sidebar: Sidebar | undefined): number =>
  sidebar?.recent.reduce((sum, row) => sum + row.unread_count, 0) ?? 0;
