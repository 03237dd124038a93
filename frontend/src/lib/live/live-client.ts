import { isNewer, parsePositions } from "../positions";
import { type Change, Journal } from "./journal";

/** What we use of a `socket.io-client` socket. */
export interface LiveSocket {
  readonly connected: boolean;
  connect(): unknown;
  disconnect(): unknown;
  on(event: string, handler: (...args: never[]) => void): unknown;
  emitWithAck(event: string, payload: unknown): Promise<unknown>;
}

export type SyncAnswer<C> =
  | { reset: false; items: C[]; position: string; more: boolean; stale: boolean }
  | { reset: true; position: string };

export type LiveStatus = "offline" | "catching-up" | "live";

export interface LiveOptions<C extends Change> {
  /** A socket that isn't connected yet and that asks `token` before each try. */
  openSocket: (auth: (answer: (auth: { token: string | null }) => void) => void) => LiveSocket;
  /** The token to connect with; `renew` if the last one was refused. */
  token: (renew: boolean) => Promise<string | null>;
  sync: (after: string, minimum: string | null) => Promise<SyncAnswer<C>>;
  /** The durable events, each with how to read it; null for what isn't understood. */
  durable: Record<string, (payload: unknown) => C | null>;
  /** Ephemeral events are handed on as they are. */
  ephemeral?: Record<string, (payload: unknown) => void>;
  /** Changes, each newer than all that was applied under its key before, in order. */
  apply: (changes: C[]) => void;
  /** What is on screen may have missed changes up to here: load it anew. */
  reset: (position: string) => void;
  onStatus?: (status: LiveStatus) => void;
  /** The server hears us, and what isn't durable may have been missed. */
  onWelcome?: () => void;
  /** This session is over; the server has closed the connection. */
  onRevoked?: () => void;
  syncEveryMs?: number;
}

const SYNC_EVERY_MS = 60_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

/**
 * Keeps what a client shows of its conversations complete while the connection comes and goes.
 *
 * Live events alone may have gaps, so they are never the source of truth about how far one has
 * come: that position is stored from `sync` alone. After every `welcome` the client syncs up to the
 * welcome's position; events that arrive in the meantime wait and are applied afterwards, if they
 * are newer than what is held. Knows nothing of React, browsers or what a change contains.
 */
export class LiveClient<C extends Change> {
  private readonly options: LiveOptions<C>;
  private readonly journal = new Journal<C>();
  private readonly socket: LiveSocket;
  private status: LiveStatus = "offline";
  private started = false;
  /** The last try to connect was refused for its token, whatever our clock says of it. */
  private refused = false;
  private visible = true;

  /** How far sync has brought us; everything up to here is held. */
  private stored: string | null = null;
  /** The position of the latest welcome, which the next sync has to reach. */
  private target: string | null = null;
  /** From a connect or welcome until its sync has ended, events wait. */
  private holding = true;
  private waiting: C[] = [];
  private syncing = false;
  private syncAgain = false;
  private retryDelay = FIRST_RETRY_MS;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private connectTimer: ReturnType<typeof setTimeout> | undefined;
  private syncTimer: ReturnType<typeof setInterval> | undefined;

  constructor(options: LiveOptions<C>) {
    this.options = options;
    this.socket = options.openSocket((answer) => {
      options.token(this.refused).then(
        (token) => answer({ token }),
        // Without a network there is no token; the server refuses and we try again later.
        () => answer({ token: null }),
      );
    });
    this.listen();
  }

  start(): void {
    if (this.started) return;
    this.started = true;
    this.socket.connect();
    this.syncTimer = setInterval(() => {
      if (this.visible && this.status !== "offline") this.requestSync();
    }, this.options.syncEveryMs ?? SYNC_EVERY_MS);
  }

  stop(): void {
    this.started = false;
    clearInterval(this.syncTimer);
    clearTimeout(this.retryTimer);
    clearTimeout(this.connectTimer);
    this.socket.disconnect();
    this.disconnected();
  }

  get currentStatus(): LiveStatus {
    return this.status;
  }

  /** Everything up to here was loaded before the first welcome; sync goes on from it. */
  seed(position: string): void {
    this.stored ??= position;
  }

  /** A hidden client doesn't sync by the clock; one that is shown again does so at once. */
  setVisible(visible: boolean): void {
    const shown = visible && !this.visible;
    this.visible = visible;
    if (!shown || !this.started) return;
    if (this.socket.connected) this.requestSync();
    else this.reconnectSoon(0);
  }

  /** The network is gone: what waits for an answer needn't wait for the heartbeat to notice. */
  sleep(): void {
    if (!this.started) return;
    this.socket.disconnect();
    this.disconnected();
    // Unless the browser was mistaken.
    this.reconnectSoon();
  }

  /** The network is back: don't wait for the next try. */
  wake(): void {
    if (this.started && !this.socket.connected) this.reconnectSoon(0);
  }

  /** A new access token, which keeps the connection past the old one's end. */
  async renewToken(token: string): Promise<void> {
    if (this.socket.connected) await this.request("auth:refresh", { token });
  }

  request(event: string, payload: unknown): Promise<unknown> {
    return this.socket.emitWithAck(event, payload);
  }

  /** A change learned otherwise, as by the answer to one's own command. */
  record(change: C): void {
    this.applyNewer([change]);
  }

  /** What is held newer than an answer that was computed at `position`. */
  changesAfter(position: string): C[] {
    return this.journal.after(position);
  }

  private listen(): void {
    const { socket, options } = this;
    socket.on("connect", () => {
      this.refused = false;
      this.holding = true;
      this.setStatus("catching-up");
    });
    socket.on("disconnect", (reason: string) => {
      this.disconnected();
      // Every other reason is a lost connection, after which the socket reconnects by itself.
      if (reason === "io server disconnect") this.reconnectSoon();
    });
    socket.on("connect_error", (error: Error) => {
      this.refused = refusal(error) === 401;
      this.setStatus("offline");
      // A refusal (an expired token, an overload) isn't tried again by the socket itself.
      this.reconnectSoon();
    });
    socket.on("welcome", (welcome: { position: string }) => this.welcomed(welcome.position));
    socket.on("session:revoked", () => {
      this.stop();
      options.onRevoked?.();
    });
    for (const [event, read] of Object.entries(options.durable)) {
      socket.on(event, (payload: unknown) => this.received(read(payload)));
    }
    for (const [event, handle] of Object.entries(options.ephemeral ?? {})) {
      socket.on(event, (payload: unknown) => handle(payload));
    }
  }

  private welcomed(position: string): void {
    if (this.target === null || isNewer(position, this.target)) this.target = position;
    if (this.stored === null) {
      // Nothing was loaded before: what is loaded from now on has to reach the welcome.
      this.stored = position;
      this.options.reset(position);
    }
    this.holding = true;
    this.setStatus("catching-up");
    this.options.onWelcome?.();
    this.requestSync();
  }

  private received(change: C | null): void {
    if (change === null) return;
    if (this.holding) this.waiting.push(change);
    else this.applyNewer([change]);
  }

  private requestSync(): void {
    if (this.stored === null) return;
    clearTimeout(this.retryTimer);
    if (this.syncing) {
      this.syncAgain = true;
      return;
    }
    this.syncing = true;
    this.synchronise()
      .then(
        (reached) => {
          if (!reached) return this.syncLater();
          this.retryDelay = FIRST_RETRY_MS;
          if (this.syncAgain || !this.socket.connected) return;
          this.setStatus("live");
          this.releaseWaiting();
        },
        () => this.syncLater(),
      )
      .finally(() => {
        this.syncing = false;
        if (this.syncAgain) {
          this.syncAgain = false;
          this.requestSync();
        }
      });
  }

  /** Pages through sync to its end; false if that wasn't far enough yet. */
  private async synchronise(): Promise<boolean> {
    for (;;) {
      const after = this.stored;
      if (after === null) return true;
      const answer = await this.options.sync(after, this.target);
      if (!this.started) return true;
      if (answer.reset) {
        this.stored = answer.position;
        this.options.reset(answer.position);
        return true;
      }
      this.applyNewer(answer.items);
      this.stored = answer.position;
      if (!answer.more) return !answer.stale;
    }
  }

  /** Sync isn't to be had just now. True events needn't wait for it: gaps are filled later. */
  private syncLater(): void {
    this.releaseWaiting();
    if (!this.started) return;
    this.retryTimer = setTimeout(() => {
      if (this.socket.connected) this.requestSync();
    }, this.nextDelay());
  }

  private releaseWaiting(): void {
    const waiting = this.waiting;
    this.holding = false;
    this.waiting = [];
    this.applyNewer(waiting);
  }

  private applyNewer(changes: C[]): void {
    const news = changes.filter((change) => this.journal.record(change));
    if (news.length > 0) this.options.apply(news);
  }

  private disconnected(): void {
    this.setStatus("offline");
    // Whatever waited comes again by the sync that follows the next welcome.
    this.holding = true;
    this.waiting = [];
  }

  private reconnectSoon(delay: number = this.nextDelay()): void {
    clearTimeout(this.connectTimer);
    if (!this.started) return;
    this.connectTimer = setTimeout(() => {
      if (this.started && !this.socket.connected) this.socket.connect();
    }, delay);
  }

  /** Doubles up to half a minute, with jitter, so that a restart isn't met by everybody at once. */
  private nextDelay(): number {
    const delay = this.retryDelay * (0.5 + Math.random() / 2);
    this.retryDelay = Math.min(this.retryDelay * 2, LAST_RETRY_MS);
    return delay;
  }

  private setStatus(status: LiveStatus): void {
    if (status === this.status) return;
    this.status = status;
    this.options.onStatus?.(status);
  }
}

/** The status of the problem for which the server let nobody in; undefined where it wasn't the server. */
function refusal(error: Error & { data?: unknown }): number | undefined {
  return (error.data as { status?: number } | undefined)?.status ?? olderRefusal(error.message);
}

/** The same from a gateway of an older release, whose `message` is the problem as JSON. */
function olderRefusal(message: string): number | undefined {
  try {
    return (JSON.parse(message) as { status?: number }).status;
  } catch {
    return undefined;
  }
}

/** The position of the chat stream in a token that may name several. */
export function chatPosition(token: string | null | undefined): string | null {
  const position = parsePositions(token).find(({ stream }) => stream === "c");
  return position ? `c${position.sequence}` : null;
}
