import { useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  type ReactNode,
  use,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from "react";
import { session } from "@/lib/api/client";
import type { Peer } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import type { LiveStatus } from "@/lib/live/live-client";
import type { OutboxItem } from "@/lib/live/outbox";
import { ChatConnection } from "./connection";
import type { Presence } from "./presence";

const ChatContext = createContext<ChatConnection | null>(null);

/** Keeps one person's chat connected for as long as they are signed in. */
export function ChatProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const { id: me } = useMe();
  const [connection, setConnection] = useState<ChatConnection | null>(null);

  useEffect(() => {
    const started = new ChatConnection(queries, me);
    setConnection(started);
    void started.start();
    return () => {
      started.stop();
      // Whoever logs out leaves nothing behind; a session that ended by itself keeps what waits.
      const state = session.getState();
      if (state.status === "signed-out" && !state.ended) started.outbox.clear();
    };
  }, [queries, me]);

  if (!connection) return null;
  return <ChatContext value={connection}>{children}</ChatContext>;
}

export function useChat(): ChatConnection {
  const connection = use(ChatContext);
  if (!connection) throw new Error("chat is used outside of its provider");
  return connection;
}

export function useLiveStatus(): LiveStatus {
  const chat = useChat();
  return useSyncExternalStore(chat.subscribe, chat.getStatus);
}

export function useOutbox(peer: string): OutboxItem[] {
  const { outbox } = useChat();
  const items = useSyncExternalStore(outbox.subscribe, outbox.getItems);
  return useMemo(() => items.filter((item) => item.to === peer), [items, peer]);
}

/** Those for whom something is on its way: they are known without a network. */
export function useWaitingPeers(): Peer[] {
  const { outbox } = useChat();
  const items = useSyncExternalStore(outbox.subscribe, outbox.getItems);
  return useMemo(() => {
    const peers = items.flatMap(({ peer }) => peer ?? []);
    return [...new Map(peers.map((peer) => [peer.id, peer])).values()];
  }, [items]);
}

/** Whether a friend is online, or was last; null if nobody knows. */
export function usePresence(user: string): Presence | null {
  const { presence } = useChat();
  return useSyncExternalStore(presence.subscribe, () => presence.of(user));
}

export function useIsTyping(user: string): boolean {
  const { typing } = useChat();
  return useSyncExternalStore(typing.subscribe, () => typing.has(user));
}
