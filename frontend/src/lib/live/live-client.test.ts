import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Change } from "./journal";
import { LiveClient, type LiveSocket, type SyncAnswer } from "./live-client";

interface Note extends Change {
  text: string;
}

const note = (key: string, sequence: number, text = key): Note => ({
  key,
  position: `c${sequence}`,
  text,
});

/** A socket whose server is the test. */
class FakeSocket implements LiveSocket {
  connected = false;
  tries = 0;
  auth: { token: string | null } | null = null;
  sent: [string, unknown][] = [];
  private readonly handlers = new Map<string, ((payload: unknown) => void)[]>();
  private readonly ask: (answer: (auth: { token: string | null }) => void) => void;

  constructor(ask: FakeSocket["ask"]) {
    this.ask = ask;
  }

  connect() {
    this.tries += 1;
    this.ask((auth) => {
      this.auth = auth;
    });
  }
  disconnect() {
    if (this.connected) this.drop("io client disconnect");
  }
  on(event: string, handler: (...args: never[]) => void) {
    const all = this.handlers.get(event) ?? [];
    this.handlers.set(event, [...all, handler as (payload: unknown) => void]);
  }
  async emitWithAck(event: string, payload: unknown) {
    this.sent.push([event, payload]);
    return { ok: true };
  }
  receive(event: string, payload?: unknown) {
    for (const handler of this.handlers.get(event) ?? []) handler(payload);
  }
  accept() {
    this.connected = true;
    this.receive("connect");
  }
  drop(reason: string) {
    this.connected = false;
    this.receive("disconnect", reason);
  }
}

/** The chat stream and how far the projection has come with it. */
class FakeServer {
  changes: Note[] = [];
  applied = Number.POSITIVE_INFINITY;
  pageSize = 100;
  reset = false;
  failing = false;
  calls: { after: string; minimum: string | null }[] = [];
  /** While set, sync doesn't answer. */
  held: Promise<void> | null = null;

  sync = async (after: string, minimum: string | null): Promise<SyncAnswer<Note>> => {
    this.calls.push({ after, minimum });
    await this.held;
    if (this.failing) throw new Error("unavailable");
    const sequence = (position: string) => Number(position.slice(1));
    const known = this.changes.filter((change) => sequence(change.position) <= this.applied);
    const end = known.at(-1)?.position ?? after;
    if (this.reset) return { reset: true, position: end };
    const news = known.filter((change) => sequence(change.position) > sequence(after));
    const items = news.slice(0, this.pageSize);
    const more = news.length > items.length;
    const position = more ? (items.at(-1)?.position ?? after) : end;
    const stale = minimum !== null && sequence(position) < sequence(minimum) && !more;
    return { reset: false, items, position, more, stale };
  };
}

function start(server: FakeServer, options: { stored?: string } = {}) {
  const applied: string[] = [];
  const resets: string[] = [];
  const statuses: string[] = [];
  const revoked = vi.fn();
  let socket: FakeSocket | undefined;
  const client = new LiveClient<Note>({
    openSocket: (auth) => {
      socket = new FakeSocket(auth);
      return socket;
    },
    token: async (renew) => (renew ? "a-new-token" : "a-token"),
    sync: server.sync,
    durable: { "note:new": (payload) => payload as Note },
    apply: (changes) => applied.push(...changes.map((change) => change.text)),
    reset: (position) => resets.push(position),
    onStatus: (status) => statuses.push(status),
    onRevoked: revoked,
  });
  if (options.stored) client.seed(options.stored);
  client.start();
  if (!socket) throw new Error("no socket was opened");
  return { client, socket, applied, resets, statuses, revoked };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("connecting", () => {
  test("sends the token, and is live once sync has reached the welcome", async () => {
    const server = new FakeServer();
    server.changes = [note("a", 3), note("b", 5)];
    const { socket, applied, statuses } = start(server, { stored: "c2" });
    await settle();
    expect(socket.auth).toEqual({ token: "a-token" });
    socket.accept();
    socket.receive("welcome", { account_id: "me", position: "c5" });
    await settle();
    expect(server.calls).toEqual([{ after: "c2", minimum: "c5" }]);
    expect(applied).toEqual(["a", "b"]);
    expect(statuses).toEqual(["catching-up", "live"]);
  });

  test("with nothing loaded before asks for everything anew, and syncs from there", async () => {
    const server = new FakeServer();
    const { socket, resets } = start(server);
    socket.accept();
    socket.receive("welcome", { position: "c9" });
    await settle();
    expect(resets).toEqual(["c9"]);
    expect(server.calls).toEqual([{ after: "c9", minimum: "c9" }]);
  });

  test("reads sync page by page to its end", async () => {
    const server = new FakeServer();
    server.changes = [1, 2, 3, 4, 5].map((n) => note(`n${n}`, n));
    server.pageSize = 2;
    const { socket, applied } = start(server, { stored: "c0" });
    socket.accept();
    socket.receive("welcome", { position: "c5" });
    await settle();
    expect(server.calls.map((call) => call.after)).toEqual(["c0", "c2", "c4"]);
    expect(applied).toEqual(["n1", "n2", "n3", "n4", "n5"]);
  });
});

describe("events", () => {
  async function live(server = new FakeServer()) {
    const started = start(server, { stored: "c1" });
    started.socket.accept();
    started.socket.receive("welcome", { position: "c1" });
    await settle();
    return { server, ...started };
  }

  test("are applied at once when live", async () => {
    const { socket, applied } = await live();
    socket.receive("note:new", note("a", 2));
    expect(applied).toEqual(["a"]);
  });

  test("that come twice are applied once", async () => {
    const { socket, applied } = await live();
    socket.receive("note:new", note("a", 2));
    socket.receive("note:new", note("a", 2));
    expect(applied).toEqual(["a"]);
  });

  test("that come out of order never undo a newer state", async () => {
    const { socket, applied } = await live();
    socket.receive("note:new", note("a", 5, "edited"));
    socket.receive("note:new", note("a", 2, "sent"));
    expect(applied).toEqual(["edited"]);
  });

  test("that arrive during a sync wait for it and are then applied if newer", async () => {
    const server = new FakeServer();
    let release = () => {};
    server.held = new Promise((resolve) => {
      release = resolve;
    });
    server.changes = [note("a", 2), note("b", 3)];
    const { socket, applied } = start(server, { stored: "c1" });
    socket.accept();
    socket.receive("note:new", note("b", 3));
    socket.receive("welcome", { position: "c3" });
    socket.receive("note:new", note("c", 4));
    await settle();
    expect(applied).toEqual([]);
    release();
    await settle();
    expect(applied).toEqual(["a", "b", "c"]);
  });

  test("never move the position that the next sync starts from: a gap before them is filled", async () => {
    const { server, socket, applied } = await live();
    // c2 was lost on its way; only c3 arrives.
    server.changes = [note("lost", 2), note("b", 3)];
    socket.receive("note:new", note("b", 3));
    expect(applied).toEqual(["b"]);
    socket.receive("welcome", { position: "c3" });
    await settle();
    expect(server.calls.at(-1)).toEqual({ after: "c1", minimum: "c3" });
    expect(applied).toEqual(["b", "lost"]);
  });

  test("can be asked for, to complete an answer that they overtook", async () => {
    const { client, socket } = await live();
    socket.receive("note:new", note("a", 2));
    socket.receive("note:new", note("b", 3));
    expect(client.changesAfter("c2").map((change) => change.key)).toEqual(["b"]);
  });

  test("and one's own command's answer are one change", async () => {
    const { client, socket, applied } = await live();
    client.record(note("mine", 2));
    socket.receive("note:new", note("mine", 2));
    expect(applied).toEqual(["mine"]);
  });
});

describe("catching up", () => {
  test("happens again after every welcome", async () => {
    const server = new FakeServer();
    const { socket, statuses } = start(server, { stored: "c1" });
    socket.accept();
    socket.receive("welcome", { position: "c1" });
    await settle();
    socket.receive("welcome", { position: "c4" });
    server.changes = [note("d", 4)];
    await settle();
    expect(server.calls).toHaveLength(2);
    expect(statuses).toEqual(["catching-up", "live", "catching-up", "live"]);
  });

  test("during a sync, a welcome has it done once more, up to the newer position", async () => {
    const server = new FakeServer();
    let release = () => {};
    server.held = new Promise((resolve) => {
      release = resolve;
    });
    const { socket, statuses } = start(server, { stored: "c1" });
    socket.accept();
    socket.receive("welcome", { position: "c2" });
    socket.receive("welcome", { position: "c6" });
    server.changes = [note("f", 6)];
    release();
    await settle();
    expect(server.calls.map((call) => call.minimum)).toEqual(["c2", "c6"]);
    expect(statuses.at(-1)).toBe("live");
  });

  test("isn't over when the answer was stale: it asks again until the welcome is reached", async () => {
    const server = new FakeServer();
    server.changes = [note("a", 2), note("b", 3)];
    server.applied = 2;
    const { socket, applied, statuses } = start(server, { stored: "c1" });
    socket.accept();
    socket.receive("welcome", { position: "c3" });
    await settle();
    expect(applied).toEqual(["a"]);
    expect(statuses.at(-1)).toBe("catching-up");
    server.applied = 3;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(applied).toEqual(["a", "b"]);
    expect(statuses.at(-1)).toBe("live");
  });

  test("doesn't hold back true events while the server can't answer", async () => {
    const server = new FakeServer();
    server.failing = true;
    const { socket, applied, statuses } = start(server, { stored: "c1" });
    socket.accept();
    socket.receive("welcome", { position: "c3" });
    socket.receive("note:new", note("c", 4));
    await settle();
    expect(applied).toEqual(["c"]);
    server.failing = false;
    server.changes = [note("b", 3), note("c", 4)];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(applied).toEqual(["c", "b"]);
    expect(statuses.at(-1)).toBe("live");
  });

  test("after too long away loads everything anew", async () => {
    const server = new FakeServer();
    server.changes = [note("z", 9_000)];
    server.reset = true;
    const { socket, resets, statuses } = start(server, { stored: "c1" });
    socket.accept();
    socket.receive("welcome", { position: "c9000" });
    await settle();
    expect(resets).toEqual(["c9000"]);
    expect(statuses.at(-1)).toBe("live");
    server.reset = false;
    socket.receive("welcome", { position: "c9000" });
    await settle();
    expect(server.calls.at(-1)?.after).toBe("c9000");
  });

  test("happens every minute, but not while nobody looks", async () => {
    const server = new FakeServer();
    const { client, socket } = start(server, { stored: "c1" });
    socket.accept();
    socket.receive("welcome", { position: "c1" });
    await settle();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.calls).toHaveLength(2);
    client.setVisible(false);
    await vi.advanceTimersByTimeAsync(180_000);
    expect(server.calls).toHaveLength(2);
    client.setVisible(true);
    await settle();
    expect(server.calls).toHaveLength(3);
  });
});

describe("losing the connection", () => {
  test("and getting it back fills in what happened meanwhile", async () => {
    const server = new FakeServer();
    const { socket, applied, statuses } = start(server, { stored: "c1" });
    socket.accept();
    socket.receive("welcome", { position: "c1" });
    await settle();
    socket.drop("transport close");
    expect(statuses.at(-1)).toBe("offline");
    server.changes = [note("missed", 2)];
    socket.accept();
    socket.receive("welcome", { position: "c2" });
    await settle();
    expect(applied).toEqual(["missed"]);
    expect(statuses.at(-1)).toBe("live");
  });

  test("by the server's wish has it tried again, later and later", async () => {
    const { socket } = start(new FakeServer());
    socket.accept();
    socket.drop("io server disconnect");
    expect(socket.tries).toBe(1);
    await vi.advanceTimersByTimeAsync(500);
    expect(socket.tries).toBe(2);
    socket.receive("connect_error", new Error("expired"));
    await vi.advanceTimersByTimeAsync(400);
    expect(socket.tries).toBe(2);
    await vi.advanceTimersByTimeAsync(600);
    expect(socket.tries).toBe(3);
  });

  const problem = { status: 401, code: "token-expired" };
  test.each([
    ["as data", Object.assign(new Error("Token expired"), { data: problem })],
    ["as the message of an older release", new Error(JSON.stringify(problem))],
  ])("for its token, told %s, has the next try use a new one", async (_how, error) => {
    const { socket } = start(new FakeServer());
    await settle();
    expect(socket.auth).toEqual({ token: "a-token" });
    socket.receive("connect_error", error);
    await vi.advanceTimersByTimeAsync(500);
    expect(socket.auth).toEqual({ token: "a-new-token" });
  });

  test("because the session was revoked is final", async () => {
    const { socket, revoked, statuses } = start(new FakeServer());
    socket.accept();
    socket.receive("session:revoked");
    await vi.advanceTimersByTimeAsync(120_000);
    expect(revoked).toHaveBeenCalledOnce();
    expect(statuses.at(-1)).toBe("offline");
    expect(socket.tries).toBe(1);
  });
});

test("a renewed token is told to an open connection only", async () => {
  const { client, socket } = start(new FakeServer());
  await client.renewToken("early");
  expect(socket.sent).toEqual([]);
  socket.accept();
  await client.renewToken("new");
  expect(socket.sent).toEqual([["auth:refresh", { token: "new" }]]);
});
