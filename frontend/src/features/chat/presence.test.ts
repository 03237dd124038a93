import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { liveEvents } from "@/lib/live/live-events";
import { PresenceWatch } from "./presence";
import { TypingPeers, TypingSignal } from "./typing";

const asked: [string, unknown][] = [];
let reply: (users: string[]) => unknown;

beforeEach(() => {
  asked.length = 0;
  reply = () => ({ ok: true, online: ["ben"], last_seen: { cem: "2026-01-02T03:04:05.000Z" } });
  liveEvents.connected(async (event, payload) => {
    asked.push([event, payload]);
    return reply((payload as { users: string[] }).users);
  });
});
afterEach(() => {
  liveEvents.disconnected();
  vi.useRealTimers();
});

const online = { online: true, lastSeen: null };
const changed = (user: string, isOnline: boolean) =>
  liveEvents.receivers().presence({ user, online: isOnline, last_seen: null });

test("who is watched is online, was last seen, or is unknown", async () => {
  const presence = new PresenceWatch();
  const stop = presence.start();
  presence.watch(["ben", "cem", "dea"]);
  await expect.poll(() => presence.of("ben")).toEqual(online);
  expect(presence.of("cem")).toEqual({ online: false, lastSeen: "2026-01-02T03:04:05.000Z" });
  expect(presence.of("dea")).toEqual({ online: false, lastSeen: null });
  expect(presence.of("eve")).toBeNull();

  changed("dea", true);
  expect(presence.of("dea")).toEqual(online);
  presence.forget();
  expect(presence.of("ben")).toBeNull();
  stop();
});

test("the same people aren't watched twice, but anew with each connection", async () => {
  const presence = new PresenceWatch();
  const stop = presence.start();
  presence.watch(["ben"]);
  presence.watch(["ben"]);
  liveEvents.connected(async (event, payload) => {
    asked.push([event, payload]);
    return reply([]);
  });
  expect(asked).toEqual([
    ["presence:watch", { users: ["ben"] }],
    ["presence:watch", { users: ["ben"] }],
  ]);
  stop();
});

test("an answer doesn't undo the change that overtook it", async () => {
  const presence = new PresenceWatch();
  const stop = presence.start();
  reply = () => {
    changed("ben", false);
    return { ok: true, online: ["ben"], last_seen: {} };
  };
  presence.watch(["ben", "cem"]);
  await expect.poll(() => presence.of("cem")).not.toBeNull();
  expect(presence.of("ben")).toEqual({ online: false, lastSeen: null });
  stop();
});

test("who types and then says no more has stopped", () => {
  vi.useFakeTimers();
  const typing = new TypingPeers();
  const stop = typing.start();
  liveEvents.receivers().typing({ from: "ben", active: true });
  vi.advanceTimersByTime(5_000);
  liveEvents.receivers().typing({ from: "ben", active: true });
  vi.advanceTimersByTime(5_000);
  expect(typing.has("ben")).toBe(true);
  vi.advanceTimersByTime(2_000);
  expect(typing.has("ben")).toBe(false);
  liveEvents.receivers().typing({ from: "ben", active: true });
  liveEvents.receivers().typing({ from: "ben", active: false });
  expect(typing.has("ben")).toBe(false);
  stop();
});

test("one's own typing is told at the first key, then now and then, and when it is over", () => {
  vi.useFakeTimers();
  const signal = new TypingSignal("ben");
  for (let key = 0; key < 5; key += 1) {
    signal.typed();
    vi.advanceTimersByTime(1_000);
  }
  const said = () => asked.map(([, payload]) => (payload as { active: boolean }).active);
  expect(said()).toEqual([true, true]);
  vi.advanceTimersByTime(6_000);
  expect(said()).toEqual([true, true, false]);
  signal.stop();
  expect(said()).toEqual([true, true, false]);
});
