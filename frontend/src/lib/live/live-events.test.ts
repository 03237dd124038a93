import { expect, test, vi } from "vitest";
import { liveEvents } from "./live-events";

test("who listens hears of it until they stop", () => {
  const heard = vi.fn();
  const stop = liveEvents.on("feed:new", heard);
  liveEvents.receivers()["feed:new"]({ position: "e4" });
  stop();
  liveEvents.receivers()["feed:new"]({ position: "e5" });
  expect(heard.mock.calls).toEqual([[{ position: "e4" }]]);
});

test("who comes late is told of the connection at once, and everybody of each new one", () => {
  const early = vi.fn();
  const late = vi.fn();
  const stops = [liveEvents.onWelcome(early)];
  expect(early).toHaveBeenCalledTimes(0);
  liveEvents.connected(async () => ({ ok: true }));
  stops.push(liveEvents.onWelcome(late));
  liveEvents.connected(async () => ({ ok: true }));
  expect(early).toHaveBeenCalledTimes(2);
  expect(late).toHaveBeenCalledTimes(2);
  for (const stop of stops) stop();
  liveEvents.disconnected();
});

test("without a connection, and after a refusal, a request is answered by null", async () => {
  const ask = () => liveEvents.request("presence:watch", { users: [] });
  expect(await ask()).toBeNull();
  liveEvents.connected(async () => ({ ok: false, problem: { status: 403 } }));
  expect(await ask()).toBeNull();
  liveEvents.connected(() => Promise.reject(new Error("timed out")));
  expect(await ask()).toBeNull();
  liveEvents.connected(async () => ({ ok: true, online: ["a"], last_seen: {} }));
  expect(await ask()).toMatchObject({ online: ["a"] });
  liveEvents.disconnected();
});
