import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type KeyValueStore, memoryStore } from "../storage";
import { Problem } from "./problem";
import { Session } from "./session";
import type { SessionAnswer } from "./types";

const answerFor = (id: string, token = "t"): SessionAnswer => ({
  account: { id, username: id, display_name: id, avatar: null },
  access_token: token,
  token_type: "Bearer",
  expires_in: 900,
  position: "s1",
});

/** A tab of a browser whose cookie is good for `refresh`. */
function tab(refresh: () => Promise<SessionAnswer>, store: KeyValueStore = memoryStore()) {
  return new Session({ refresh, store });
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("at start", () => {
  test("a first visit asks the server nothing", async () => {
    const refresh = vi.fn();
    const session = tab(refresh);
    await session.restore();
    expect(session.getState()).toEqual({ status: "signed-out", ended: false });
    expect(refresh).not.toHaveBeenCalled();
  });

  test("who was signed in is again, by the cookie", async () => {
    const store = memoryStore();
    tab(vi.fn(), store).accept(answerFor("ann"));
    const session = tab(async () => answerFor("ann"), store);
    await session.restore();
    expect(session.getState()).toMatchObject({ status: "signed-in", account: { id: "ann" } });
  });

  test("a cookie that is over means to log in, which needs no explanation", async () => {
    const store = memoryStore();
    tab(vi.fn(), store).accept(answerFor("ann"));
    const session = tab(async () => {
      throw new Problem({ status: 401 });
    }, store);
    await session.restore();
    expect(session.getState()).toEqual({ status: "signed-out", ended: false });
  });

  test("a session that has had its time is explained", async () => {
    const store = memoryStore();
    tab(vi.fn(), store).accept(answerFor("ann"));
    const session = tab(async () => {
      throw new Problem({ status: 401, code: "session-ended" });
    }, store);
    await session.restore();
    expect(session.getState()).toEqual({ status: "signed-out", ended: true });
  });
});

describe("at start without a network", () => {
  const unreachable = async () => {
    throw new Problem({ status: 0 });
  };

  function afterReload(refresh: () => Promise<SessionAnswer>) {
    const store = memoryStore();
    tab(vi.fn(), store).accept(answerFor("ann", "a secret"));
    return { store, session: tab(refresh, store) };
  }

  test("it is whoever was signed in, of whom nothing secret is kept", async () => {
    const { store, session } = afterReload(unreachable);
    await session.restore();
    const account = { id: "ann", username: "ann", display_name: "ann", avatar: null };
    expect(session.getState()).toEqual({ status: "signed-in", account });
    expect(session.token).toBeNull();
    expect(session.lacksToken).toBe(true);
    expect(store.keys("").map((key) => store.get(key))).toEqual([
      JSON.stringify({ id: "ann", username: "ann", display_name: "ann" }),
    ]);
  });

  test("a server that doesn't answer isn't waited for for long, and is heard when it does", async () => {
    let reply = (_: SessionAnswer) => {};
    const { session } = afterReload(
      () =>
        new Promise((resolve) => {
          reply = resolve;
        }),
    );
    const restored = session.restore();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(session.getState().status).toBe("unknown");
    await vi.advanceTimersByTimeAsync(2_000);
    await restored;
    expect(session.getState().status).toBe("signed-in");
    reply(answerFor("ann", "late"));
    await vi.advanceTimersByTimeAsync(0);
    expect(session.token).toBe("late");
  });

  test("the token comes as soon as there is a network", async () => {
    const refresh = vi.fn(unreachable as () => Promise<SessionAnswer>);
    const { session } = afterReload(refresh);
    await session.restore();
    refresh.mockResolvedValue(answerFor("ann", "at last"));
    session.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(session.token).toBe("at last");
    expect(session.lacksToken).toBe(false);
  });

  test("a session that turns out to be over is forgotten, and explained", async () => {
    const refresh = vi.fn(unreachable as () => Promise<SessionAnswer>);
    const { store, session } = afterReload(refresh);
    await session.restore();
    refresh.mockRejectedValue(new Problem({ status: 401 }));
    session.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(session.getState()).toEqual({ status: "signed-out", ended: true });
    expect(store.keys("")).toEqual([]);
    const next = tab(unreachable, store);
    await next.restore();
    expect(next.getState()).toEqual({ status: "signed-out", ended: false });
  });

  test("whoever has logged out is nobody any more", async () => {
    const { store, session } = afterReload(unreachable);
    await session.restore();
    session.end(false);
    expect(store.keys("")).toEqual([]);
  });

  test("of whom an earlier version kept no name, nothing is decided", async () => {
    const store = memoryStore();
    store.set("echo:signed-in", "0198a1b2-0000-7000-8000-000000000001");
    const session = tab(unreachable, store);
    await expect(session.restore()).rejects.toMatchObject({ code: "network" });
    expect(session.getState().status).toBe("unknown");
  });
});

describe("a token", () => {
  test("of a session's last minute isn't renewed every second", async () => {
    let left = 60;
    const refresh = vi.fn(async () => {
      left = Math.ceil(left / 2);
      return { ...answerFor("ann"), expires_in: left };
    });
    const session = tab(refresh);
    session.accept({ ...answerFor("ann"), expires_in: left });
    await vi.advanceTimersByTimeAsync(55_000);
    expect(refresh.mock.calls.length).toBeLessThan(6);
  });

  test("is renewed before it ends, and the connection is told", async () => {
    const session = tab(async () => answerFor("ann", "second"));
    const renewed = vi.fn();
    session.onRenewed(renewed);
    session.accept(answerFor("ann", "first"));
    await vi.advanceTimersByTimeAsync(839_000);
    expect(renewed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(renewed).toHaveBeenCalledExactlyOnceWith("second");
    expect(session.token).toBe("second");
  });

  test("that has run out while the machine slept is renewed when it is needed", async () => {
    const session = tab(async () => answerFor("ann", "second"));
    session.accept(answerFor("ann", "first"));
    expect(await session.freshToken()).toBe("first");
    vi.setSystemTime(Date.now() + 900_000);
    expect(await session.freshToken()).toBe("second");
  });

  test("is asked for once, however many need it", async () => {
    const refresh = vi.fn(async () => answerFor("ann", "second"));
    const session = tab(refresh);
    await Promise.all([session.refresh(), session.refresh(), session.refresh()]);
    expect(refresh).toHaveBeenCalledOnce();
  });

  test("without a network is tried for again later", async () => {
    const refresh = vi.fn(async () => answerFor("ann", "second"));
    refresh.mockRejectedValueOnce(new Problem({ status: 0 }));
    const session = tab(refresh);
    session.accept(answerFor("ann", "first"));
    await vi.advanceTimersByTimeAsync(840_000);
    expect(session.token).toBe("first");
    await vi.advanceTimersByTimeAsync(15_000);
    expect(session.token).toBe("second");
  });
});

test("a cookie that another tab gave to somebody else makes this tab theirs", async () => {
  const session = tab(async () => answerFor("ben"));
  const changed = vi.fn();
  session.accept(answerFor("ann"));
  session.subscribe(changed);
  await session.refresh();
  expect(changed).toHaveBeenCalledOnce();
  expect(session.getState()).toMatchObject({ account: { id: "ben" } });
});
