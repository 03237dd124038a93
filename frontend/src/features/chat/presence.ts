import type { PresenceChanged } from "@/lib/api/types";
import { liveEvents } from "@/lib/live/live-events";

export interface Presence {
  online: boolean;
  /** Null while they are online, or if nobody knows. */
  lastSeen: string | null;
}

/** As many as the gateway watches for one socket. */
const MOST_WATCHED = 1_000;

/** Which of the watched friends are online. Nothing is known while there is no connection. */
export class PresenceWatch {
  private watched: string[] = [];
  private states = new Map<string, Presence>();
  /** What was heard while an answer was under way, which may be older. */
  private overtaking: PresenceChanged[] | null = null;
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly of = (user: string): Presence | null => this.states.get(user) ?? null;

  /** Returns how to stop. */
  start(): () => void {
    const stops = [
      liveEvents.on("presence", (change) => this.changed(change)),
      liveEvents.onWelcome(() => void this.ask()),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Watches exactly these from now on. */
  watch(users: string[]): void {
    const next = users.slice(0, MOST_WATCHED);
    if (next.length === this.watched.length && next.every((id) => this.watched.includes(id))) {
      return;
    }
    this.watched = next;
    void this.ask();
  }

  /** The connection is gone. */
  forget(): void {
    this.states = new Map();
    this.tell();
  }

  private async ask(): Promise<void> {
    const users = this.watched;
    if (users.length === 0) return;
    this.overtaking = [];
    const answer = await liveEvents.request("presence:watch", { users });
    const overtaking = this.overtaking ?? [];
    this.overtaking = null;
    // Asked anew meanwhile: that answer counts.
    if (answer === null || users !== this.watched) return;
    const online = new Set(answer.online);
    this.states = new Map(
      users.map((id) => [
        id,
        {
          online: online.has(id),
          lastSeen: online.has(id) ? null : (answer.last_seen[id] ?? null),
        },
      ]),
    );
    for (const change of overtaking) this.put(change);
    this.tell();
  }

  private changed(change: PresenceChanged): void {
    this.overtaking?.push(change);
    this.put(change);
    this.tell();
  }

  private put({ user, online, last_seen: lastSeen }: PresenceChanged): void {
    this.states.set(user, { online, lastSeen });
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
