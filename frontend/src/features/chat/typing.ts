import { liveEvents } from "@/lib/live/live-events";

/** Who is typing says so this often; the gateway passes it on and nobody stores it. */
const REPEAT_MS = 3_000;
/** Without a repeat for so long they have stopped, or their connection has. */
const GONE_AFTER_MS = 6_000;

/** Who is typing to us just now. */
export class TypingPeers {
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly has = (peer: string): boolean => this.timers.has(peer);

  /** Returns how to stop. */
  start(): () => void {
    const stop = liveEvents.on("typing", ({ from, active }) => {
      if (active) this.heard(from);
      else this.stopped(from);
    });
    return () => {
      stop();
      for (const peer of [...this.timers.keys()]) this.stopped(peer);
    };
  }

  /** Also when what they were typing has arrived. */
  stopped(peer: string): void {
    clearTimeout(this.timers.get(peer));
    if (this.timers.delete(peer)) this.tell();
  }

  private heard(peer: string): void {
    clearTimeout(this.timers.get(peer));
    this.timers.set(
      peer,
      setTimeout(() => this.stopped(peer), GONE_AFTER_MS),
    );
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

/** Tells one friend that we are typing: at the first key, then now and then, and when it is over. */
export class TypingSignal {
  private readonly to: string;
  private saidAt = 0;
  private idle: ReturnType<typeof setTimeout> | undefined;

  constructor(to: string) {
    this.to = to;
  }

  typed(now: number = Date.now()): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.stop(), GONE_AFTER_MS);
    if (now - this.saidAt < REPEAT_MS) return;
    this.saidAt = now;
    this.say(true);
  }

  stop(): void {
    clearTimeout(this.idle);
    if (this.saidAt === 0) return;
    this.saidAt = 0;
    this.say(false);
  }

  private say(active: boolean): void {
    void liveEvents.request("typing", { to: this.to, active });
  }
}
