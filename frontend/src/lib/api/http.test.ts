import { afterEach, describe, expect, test, vi } from "vitest";
import { answer, http as network, refuse, server } from "@/testing/server";
import { Positions } from "../positions";
import { memoryStore } from "../storage";
import { createHttp } from "./http";
import { Problem } from "./problem";
import { Session } from "./session";
import type { SessionAnswer } from "./types";

const answerWith = (token: string): SessionAnswer => ({
  account: { id: "1", username: "ann", display_name: "Ann", avatar: null },
  access_token: token,
  token_type: "Bearer",
  expires_in: 900,
  position: "s1",
});

function client(refresh: () => Promise<SessionAnswer> = async () => answerWith("new")) {
  const session = new Session({ refresh, store: memoryStore() });
  const positions = new Positions();
  const onStale = vi.fn();
  session.accept(answerWith("old"));
  return { session, positions, onStale, http: createHttp({ session, positions, onStale }) };
}

afterEach(() => {
  vi.clearAllTimers();
});

/** A server that knows only the newer token, and counts who was refused. */
function onlyNewTokens() {
  let refused = 0;
  server.use(
    network.get("/v1/me", ({ request }) => {
      if (request.headers.get("Authorization") === "Bearer new") return answer({ ok: true });
      refused += 1;
      return refuse(401, "token-expired");
    }),
  );
  return () => refused;
}

describe("a refused token", () => {
  test("is renewed, and the request sent once more", async () => {
    onlyNewTokens();
    const { http } = client();
    expect((await http.get("/v1/me")).data).toEqual({ ok: true });
  });

  test("is renewed once for all requests that met it", async () => {
    const refused = onlyNewTokens();
    const refresh = vi.fn(async () => answerWith("new"));
    const { http } = client(refresh);
    await Promise.all([http.get("/v1/me"), http.get("/v1/me"), http.get("/v1/me")]);
    expect(refused()).toBe(3);
    expect(refresh).toHaveBeenCalledOnce();
  });

  test("that can't be renewed ends the session", async () => {
    onlyNewTokens();
    const { http, session } = client(async () => {
      throw new Problem({ status: 401, code: "session-over" });
    });
    await expect(http.get("/v1/me")).rejects.toMatchObject({ status: 401 });
    expect(session.getState()).toEqual({ status: "signed-out", ended: true });
  });

  test("while there is no network to renew it by leaves the session alone", async () => {
    onlyNewTokens();
    const { http, session } = client(async () => {
      throw new Problem({ status: 0, code: "network" });
    });
    await expect(http.get("/v1/me")).rejects.toMatchObject({ code: "network" });
    expect(session.getState().status).toBe("signed-in");
  });

  test("isn't tried a third time", async () => {
    let asked = 0;
    server.use(
      network.get("/v1/me", () => {
        asked += 1;
        return refuse(401, "token-expired");
      }),
    );
    await expect(client().http.get("/v1/me")).rejects.toMatchObject({ status: 401 });
    expect(asked).toBe(2);
  });

  test("keeps the idempotency key and the body of what is sent again", async () => {
    const seen: unknown[] = [];
    server.use(
      network.post("/v1/posts", async ({ request }) => {
        seen.push([request.headers.get("Idempotency-Key"), await request.json()]);
        return request.headers.get("Authorization") === "Bearer new"
          ? answer({ id: "p" }, { status: 201 })
          : refuse(401, "token-expired");
      }),
    );
    const headers = { "Idempotency-Key": "k" };
    await client().http.post("/v1/posts", { blocks: [] }, { headers });
    expect(seen).toEqual([
      ["k", { blocks: [] }],
      ["k", { blocks: [] }],
    ]);
  });
});

describe("a client that was opened without a network", () => {
  async function opened(refresh: () => Promise<SessionAnswer>) {
    const store = memoryStore();
    new Session({ refresh, store }).accept(answerWith("of a tab before"));
    const session = new Session({ refresh, store });
    await session.restore();
    return { session, http: createHttp({ session, positions: new Positions() }) };
  }
  const unreachable = async (): Promise<SessionAnswer> => {
    throw new Problem({ status: 0, code: "network" });
  };

  test("asks for a token before anything else", async () => {
    onlyNewTokens();
    const refresh = vi.fn(unreachable);
    const { http } = await opened(refresh);
    refresh.mockResolvedValue(answerWith("new"));
    expect((await http.get("/v1/me")).data).toEqual({ ok: true });
  });

  test("sends nothing without one, and says that it is the network", async () => {
    const refused = onlyNewTokens();
    const { http } = await opened(unreachable);
    await expect(http.get("/v1/me")).rejects.toMatchObject({ code: "network", status: 0 });
    expect(refused()).toBe(0);
  });
});

describe("positions", () => {
  test("of commands are asked for by later reads", async () => {
    const asked: (string | null)[] = [];
    server.use(
      network.post("/v1/posts", () =>
        answer({ id: "p" }, { status: 201, headers: { "Echo-Position": "e7" } }),
      ),
      network.get("/v1/feed", ({ request }) => {
        asked.push(request.headers.get("Echo-Min-Position"));
        return answer({ items: [] }, { headers: { "Echo-Position": "e99" } });
      }),
    );
    const { http } = client();
    await http.get("/v1/feed");
    await http.post("/v1/posts", {});
    await http.get("/v1/feed");
    await http.get("/v1/feed");
    // What a read has reached isn't required of the next: another server may be behind it.
    expect(asked).toEqual([null, "e7", "e7"]);
  });

  test("that the server has lost are forgotten", async () => {
    const asked: (string | null)[] = [];
    server.use(
      network.get("/v1/feed", ({ request }) => {
        const minimum = request.headers.get("Echo-Min-Position");
        asked.push(minimum);
        return minimum ? refuse(400, "invalid-position") : answer({ items: [] });
      }),
    );
    const { http, positions } = client();
    positions.observe("e900000,c7");
    await http.get("/v1/feed");
    expect(asked).toEqual(["e900000,c7", null]);
    expect(positions.token()).toBeNull();
    // Those that the caller names itself are the caller's business.
    const headers = { "Echo-Min-Position": "e1" };
    await expect(http.get("/v1/feed", { headers })).rejects.toMatchObject({
      code: "invalid-position",
    });
  });

  test("that a read didn't reach are reported as stale", async () => {
    server.use(
      network.get("/v1/feed", () =>
        answer({ items: [] }, { headers: { "Echo-Consistency": "stale" } }),
      ),
    );
    const { http, onStale } = client();
    await http.get("/v1/feed");
    expect(onStale).toHaveBeenCalledOnce();
  });
});

test("a refusal is a problem with its code, its fields and when to come back", async () => {
  server.use(
    network.post("/v1/auth/signup", () =>
      refuse(422, "validation-failed", [{ field: "email", code: "invalid", message: "No." }]),
    ),
    network.get("/v1/feed", () => answer({}, { status: 503, headers: { "Retry-After": "4" } })),
  );
  const { http } = client();
  await expect(http.post("/v1/auth/signup", {})).rejects.toMatchObject({
    status: 422,
    code: "validation-failed",
    errors: [{ field: "email", code: "invalid" }],
  });
  await expect(http.get("/v1/feed")).rejects.toMatchObject({
    status: 503,
    retryAfter: 4,
    isTransient: true,
  });
});
