import type { KeyValueStore } from "../storage";
import { Problem, toProblem } from "./problem";
import type { Person, SessionAnswer } from "./types";

export type SessionState =
  | { status: "unknown" }
  | { status: "signed-out"; ended: boolean }
  | { status: "signed-in"; account: Person };

interface SessionOptions {
  /** Asks for a new access token with the refresh cookie, which scripts can't see. */
  refresh: () => Promise<SessionAnswer>;
  store: KeyValueStore;
  /** One at a time over all tabs: each refresh replaces the cookie that the next one sends. */
  exclusively?: <T>(action: () => Promise<T>) => Promise<T>;
}

/**
 * Whose refresh cookie is likely there: a first visit needn't ask for one in vain, and without a
 * network the client opens as theirs. It holds what they are called, and nothing secret.
 */
const REMEMBERED = "echo:signed-in";
/** Whoever is remembered waits no longer than this for a network that doesn't answer. */
const PATIENCE_MS = 5_000;
/** A token is renewed this long before it ends, so that no request has to fail first. */
const RENEW_BEFORE_MS = 60_000;
const RENEW_RETRY_MS = 15_000;

/**
 * Who is signed in. The access token lives in memory only; over a reload the session is restored
 * from the HttpOnly refresh cookie.
 */
export class Session {
  private state: SessionState = { status: "unknown" };
  private accessToken: string | null = null;
  private expiresAt = 0;
  private refreshing: Promise<string | null> | null = null;
  private renewal: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<() => void>();
  private readonly tokenListeners = new Set<(token: string) => void>();
  private readonly options: SessionOptions;

  constructor(options: SessionOptions) {
    this.options = options;
  }

  readonly getState = (): SessionState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Called with every token but the first, for connections that outlive one. */
  onRenewed(listener: (token: string) => void): () => void {
    this.tokenListeners.add(listener);
    return () => this.tokenListeners.delete(listener);
  }

  get token(): string | null {
    return this.accessToken;
  }

  /**
   * At start: signed in if the cookie says so. Where the server can't be asked, it is whoever was
   * signed in last, without a token until it can be; of whom nothing is remembered, it throws.
   */
  async restore(): Promise<void> {
    if (this.state.status !== "unknown") return;
    const stored = this.options.store.get(REMEMBERED);
    if (stored === null) return this.end(false);
    const account = parseAccount(stored);
    try {
      await (account ? orUnreachable(this.refresh()) : this.refresh());
    } catch (error) {
      if (!account || !toProblem(error).isTransient) throw error;
      if (this.state.status !== "unknown") return;
      this.change({ status: "signed-in", account });
      this.scheduleRenewal(RENEW_RETRY_MS);
    }
  }

  /** Somebody is here of whom there is no token yet, because the server couldn't be asked. */
  get lacksToken(): boolean {
    return this.state.status === "signed-in" && this.accessToken === null;
  }

  /** There may be a network again. */
  wake(): void {
    if (this.lacksToken) this.scheduleRenewal(0);
  }

  /** A token that is good for at least a few seconds more, or null when signed out. */
  async freshToken(): Promise<string | null> {
    if (this.accessToken !== null && Date.now() < this.expiresAt - 5_000) return this.accessToken;
    return this.refresh();
  }

  /** Single-flight: whoever asks while a refresh is under way gets its answer. */
  refresh(): Promise<string | null> {
    this.refreshing ??= this.renew().finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  accept(answer: SessionAnswer): void {
    const renewed = this.accessToken !== null;
    this.accessToken = answer.access_token;
    this.expiresAt = Date.now() + answer.expires_in * 1000;
    const { id, username, display_name } = answer.account;
    this.options.store.set(REMEMBERED, JSON.stringify({ id, username, display_name }));
    const left = this.expiresAt - Date.now();
    // The last tokens of a session are short ones; they aren't replaced every second.
    this.scheduleRenewal(Math.max(left - RENEW_BEFORE_MS, left / 2));
    const before = this.state;
    if (before.status !== "signed-in" || !isSame(before.account, answer.account)) {
      this.change({ status: "signed-in", account: answer.account });
    }
    if (renewed) for (const listener of this.tokenListeners) listener(answer.access_token);
  }

  /** What has changed about the signed-in person. */
  know(change: Partial<Pick<Person, "display_name" | "avatar">>): void {
    if (this.state.status !== "signed-in") return;
    this.change({ status: "signed-in", account: { ...this.state.account, ...change } });
  }

  /** `ended`: the person didn't ask for it, so it has to be explained. */
  end(ended: boolean): void {
    clearTimeout(this.renewal);
    this.accessToken = null;
    this.expiresAt = 0;
    this.options.store.remove(REMEMBERED);
    this.change({ status: "signed-out", ended });
  }

  private async renew(): Promise<string | null> {
    const { refresh, exclusively = (action) => action() } = this.options;
    try {
      const answer = await exclusively(refresh);
      this.accept(answer);
      return answer.access_token;
    } catch (error) {
      const problem = toProblem(error);
      if (problem.status === 401) {
        // At start too, somebody whose session has had its time is told why they have to log in.
        this.end(this.state.status === "signed-in" || problem.code === "session-ended");
        return null;
      }
      if (this.state.status === "signed-in") this.scheduleRenewal(RENEW_RETRY_MS);
      throw error;
    }
  }

  private scheduleRenewal(delay: number): void {
    clearTimeout(this.renewal);
    this.renewal = setTimeout(
      () => {
        this.refresh().catch(() => {
          // No network; another try is scheduled, and a request that needs a token asks as well.
        });
      },
      delay === 0 ? 0 : Math.max(delay, 1_000),
    );
  }

  private change(state: SessionState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}

function parseAccount(stored: string): Person | null {
  try {
    const { id, username, display_name } = JSON.parse(stored) as Partial<Person>;
    if (!id || !username || display_name === undefined) return null;
    // Where a picture is changes each day.
    return { id, username, display_name, avatar: null };
  } catch {
    return null;
  }
}

/** The same, but failed as without a network once it takes too long. */
function orUnreachable<T>(asked: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const silence = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Problem({ status: 0, code: "network" })), PATIENCE_MS);
  });
  return Promise.race([asked, silence]).finally(() => clearTimeout(timer));
}

/** Whether nothing that is shown of somebody has changed; the address of a picture does each day. */
const isSame = (one: Person, other: Person): boolean =>
  one.id === other.id && one.display_name === other.display_name && one.avatar === other.avatar;
