import type { QueryClient } from "@tanstack/react-query";
import { http, positions, session } from "@/lib/api/client";
import { Problem, problemFrom, toProblem } from "@/lib/api/problem";
import type {
  Message,
  MessageAccepted,
  MessageEdited,
  MessageSent,
  ProblemBody,
  Sidebar,
  Sync,
} from "@/lib/api/types";
import { chatPosition, LiveClient, type LiveStatus } from "@/lib/live/live-client";
import { liveEvents } from "@/lib/live/live-events";
import { type Delivery, Outbox, type OutboxItem, outboxPrefix } from "@/lib/live/outbox";
import { loadSocket } from "@/lib/live/socket";
import { keys } from "@/lib/query";
import { browserStore } from "@/lib/storage";
import { Arrivals } from "./arrivals";
import {
  type Conversation,
  changeConversation,
  changeSidebar,
  unreadIn,
  withNewest,
  withUnread,
} from "./cache";
import { type ChatChange, messageChange } from "./changes";
import { PresenceWatch } from "./presence";
import { TypingPeers } from "./typing";
import { readMessageEvent, readReadEvent, readSync } from "./wire";

const SYNC_LIMIT = 100;

/** Every acknowledgement says whether it was done, and then what, or else why not. */
type Acknowledgement<T> = ({ ok: true } & T) | { ok: false; problem: ProblemBody };

/** One person's chat in this tab: the live connection, the outbox, and the cache they keep true. */
export class ChatConnection {
  readonly outbox: Outbox;
  readonly presence = new PresenceWatch();
  readonly typing = new TypingPeers();
  readonly arrivals = new Arrivals();
  /** Whose chat is looked at, to its end. */
  reading: string | null = null;
  /** How far one has read where the server couldn't be told yet, by person. */
  private readonly untoldReads = new Map<string, string>();
  private readonly queries: QueryClient;
  private readonly me: string;
  private live: LiveClient<ChatChange> | null = null;
  private seeded: string | null = null;
  private status: LiveStatus = "offline";
  private readonly listeners = new Set<() => void>();
  private cleanUp: (() => void)[] = [];

  constructor(queries: QueryClient, me: string) {
    this.queries = queries;
    this.me = me;
    this.outbox = new Outbox({
      store: browserStore,
      account: me,
      deliver: (item) => this.deliver(item),
    });
  }

  readonly getStatus = (): LiveStatus => this.status;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  async start(): Promise<void> {
    this.listenToWindow();
    this.cleanUp.push(this.presence.start(), this.typing.start());
    this.outbox.flush();
    const stopping = new AbortController();
    this.cleanUp.push(() => stopping.abort());
    const openSocket = await loadSocket(stopping.signal);
    if (!openSocket) return;
    const live = new LiveClient<ChatChange>({
      openSocket,
      token: (renew) => (renew ? session.refresh() : session.freshToken()),
      sync: async (after, minimum) => {
        const ask = (after: string | null) =>
          http.get<Sync>("/v1/sync", {
            params: { after, limit: SYNC_LIMIT },
            headers: minimum ? { "Echo-Min-Position": minimum } : {},
          });
        // Where the server has lost what was seen here, all is loaded anew.
        const { data, headers } = await ask(after).catch((problem: unknown) => {
          const lost = problem instanceof Problem && problem.code === "invalid-position";
          if (lost && after) return ask(null);
          throw problem;
        });
        return readSync(this.me, data, headers["echo-consistency"] === "stale");
      },
      durable: {
        "message:new": (payload) => readMessageEvent(this.me, payload),
        "message:edited": (payload) => readMessageEvent(this.me, payload),
        "message:deleted": (payload) => readMessageEvent(this.me, payload),
        "message:read": (payload) => readReadEvent(payload),
      },
      ephemeral: liveEvents.receivers(),
      apply: (changes) => this.apply(changes),
      reset: (position) => {
        positions.observe(position);
        void this.queries.invalidateQueries({ queryKey: keys.chat });
      },
      onStatus: (status) => {
        this.status = status;
        for (const listener of this.listeners) listener();
        if (status === "offline") {
          liveEvents.disconnected();
          this.presence.forget();
        } else {
          this.outbox.flush();
          this.tellReads();
        }
      },
      onWelcome: () => liveEvents.connected((event, payload) => live.request(event, payload)),
      onRevoked: () => session.end(true),
    });
    if (this.seeded) live.seed(this.seeded);
    live.setVisible(document.visibilityState === "visible");
    this.cleanUp.push(session.onRenewed((token) => void live.renewToken(token).catch(() => {})));
    this.live = live;
    live.start();
  }

  stop(): void {
    this.live?.stop();
    this.live = null;
    this.outbox.stop();
    for (const action of this.cleanUp.splice(0)) action();
  }

  /** What was loaded first, up to a position: sync goes on from there. */
  seed(position: string): void {
    this.seeded ??= position;
    this.live?.seed(position);
    positions.observe(position);
  }

  /** What an answer computed at a position lacks, because its event overtook it. */
  changesAfter(position: string | null): ChatChange[] {
    return this.live?.changesAfter(position ?? "") ?? [];
  }

  /** Says that all up to a message was read, and counts what is left. */
  async markRead(peer: string, upTo: string): Promise<void> {
    this.untoldReads.set(peer, upTo);
    this.queries.setQueryData<Conversation>(
      keys.conversation(peer),
      (data) => data && withNewest(data, { readUpTo: upTo }),
    );
    const unread = this.unreadOf(peer) ?? 0;
    this.queries.setQueryData<Sidebar>(
      keys.sidebar,
      (data) => data && withUnread(data, peer, unread),
    );
    await this.tellRead(peer, upTo);
  }

  private tellReads(): void {
    for (const [peer, upTo] of this.untoldReads) void this.tellRead(peer, upTo);
  }

  private async tellRead(peer: string, upTo: string): Promise<void> {
    try {
      if (this.status === "offline" || !this.live) throw new Problem({ status: 0 });
      acknowledged(await this.live.request("message:read", { peer, up_to: upTo }));
    } catch {
      try {
        await http.put(`/v1/conversations/${peer}/read`, { up_to: upTo });
      } catch (error) {
        // Without a network it is told when there is one again.
        if (toProblem(error).isTransient) return;
        void this.queries.invalidateQueries({ queryKey: keys.sidebar });
      }
    }
    if (this.untoldReads.get(peer) === upTo) this.untoldReads.delete(peer);
  }

  private unreadOf(peer: string): number | null {
    const state = this.queries.getQueryState<Conversation>(keys.conversation(peer));
    // What is to be loaded anew may have missed something.
    if (!state?.data || state.isInvalidated) return null;
    return unreadIn(state.data, peer);
  }

  private async deliver(item: OutboxItem): Promise<Delivery> {
    try {
      const { position, at } = await this.send(item);
      positions.observe(position);
      const message = {
        id: item.id,
        position,
        from: this.me,
        to: item.to,
        text: item.text,
        media: item.media ?? [],
        sent_at: at,
        edited_at: null,
        deleted: false,
      };
      this.record(messageChange(this.me, message, position));
      return { outcome: "sent" };
    } catch (error) {
      const problem = toProblem(error);
      // Not our message's fault: the token ran out, and is being renewed.
      const unknown = problem.isTransient || problem.status === 401;
      if (unknown) return { outcome: "unknown", retryAfter: problem.retryAfter };
      if (problem.code === "not-friends") this.queries.setQueryData(keys.canSend(item.to), false);
      return { outcome: "refused", problem: problem.code };
    }
  }

  /** By socket while there is one, else by HTTP: it is the same message either way. */
  private async send({ id, to, text, media }: OutboxItem): Promise<MessageAccepted> {
    const body = media?.length
      ? { id, text, media_ids: media.map((each) => each.media_id) }
      : { id, text };
    if (this.live && this.status !== "offline") {
      const answer = await this.live.request("message:send", { to, ...body }).catch(() => null);
      if (answer !== null) {
        return acknowledged<MessageSent>(answer);
      }
    }
    const path = `/v1/conversations/${to}/messages`;
    return (await http.post<MessageAccepted>(path, body)).data;
  }

  /** Changes one's own message, at once; throws a `Problem` if the server doesn't, and then it reads as before. */
  async edit(message: Message, text: string): Promise<void> {
    const edited = { ...message, text, edited_at: new Date().toISOString() };
    await this.alter(message, edited, async () => {
      const { data } = await http.patch<MessageEdited>(pathOf(message), { text });
      return data.position;
    });
  }

  /** Takes one's own message back, in the same way. */
  async remove(message: Message): Promise<void> {
    const deleted = { ...message, text: null, media: [], deleted: true };
    await this.alter(message, deleted, async () => {
      const { headers } = await http.delete(pathOf(message));
      return chatPosition(headers["echo-position"]) ?? message.position;
    });
  }

  private async alter(before: Message, after: Message, send: () => Promise<string>): Promise<void> {
    this.apply([messageChange(this.me, after, before.position)]);
    try {
      const position = await send();
      this.record(messageChange(this.me, after, position));
    } catch (error) {
      this.putBack(before, after);
      throw toProblem(error);
    }
  }

  /** Undoes what the server refused, unless something else has happened to the message since. */
  private putBack(before: Message, after: Message): void {
    const key = keys.conversation(before.to);
    const pages = this.queries.getQueryData<Conversation>(key)?.pages ?? [];
    const held = pages
      .flatMap((page) => page.messages)
      .find(({ id, from }) => id === before.id && from === before.from);
    const untouched = held?.edited_at === after.edited_at && held?.deleted === after.deleted;
    if (untouched) this.apply([messageChange(this.me, before, before.position)]);
  }

  private record(change: ChatChange): void {
    if (this.live) this.live.record(change);
    else this.apply([change]);
  }

  private apply(changes: ChatChange[]): void {
    for (const peer of new Set(changes.map((change) => change.peer))) {
      this.queries.setQueryData<Conversation>(
        keys.conversation(peer),
        (data) => data && changeConversation(data, peer, changes),
      );
    }
    const sidebar = this.queries.getQueryData<Sidebar>(keys.sidebar);
    if (sidebar) {
      const changed = changeSidebar(sidebar, changes, {
        reading: this.reading,
        unreadOf: (peer) => this.unreadOf(peer),
      });
      this.queries.setQueryData<Sidebar>(keys.sidebar, changed.sidebar);
      // What is caught up with is counted, not announced.
      if (this.status === "live") this.arrivals.tell(changes, changed.sidebar, this.reading);
      if (!changed.complete) {
        for (const { position } of changes) positions.observe(position);
        void this.queries.invalidateQueries({ queryKey: keys.sidebar });
      }
    }
    for (const change of changes) {
      if (change.kind !== "message") continue;
      // Sent from here or from another tab: what has arrived isn't on its way any more.
      if (change.message.from === this.me) this.outbox.discard(change.message.id);
      else this.typing.stopped(change.peer);
    }
  }

  private listenToWindow(): void {
    const onVisibility = () => this.live?.setVisible(document.visibilityState === "visible");
    const onOnline = () => {
      this.live?.wake();
      this.outbox.flush();
      this.tellReads();
    };
    const onStorage = (event: StorageEvent) => {
      if (event.key?.startsWith(outboxPrefix(this.me))) this.outbox.syncWithStore();
    };
    const onOffline = () => this.live?.sleep();
    document.addEventListener("visibilitychange", onVisibility);
    window.addEventListener("online", onOnline);
    window.addEventListener("offline", onOffline);
    window.addEventListener("storage", onStorage);
    this.cleanUp.push(() => {
      document.removeEventListener("visibilitychange", onVisibility);
      window.removeEventListener("online", onOnline);
      window.removeEventListener("offline", onOffline);
      window.removeEventListener("storage", onStorage);
    });
  }
}

const pathOf = ({ to, position }: Message) => `/v1/conversations/${to}/messages/${position}`;

function acknowledged<T>(answer: unknown): T {
  const acknowledgement = answer as Acknowledgement<T>;
  if (!acknowledgement.ok) throw problemFrom(acknowledgement.problem);
  return acknowledgement;
}
