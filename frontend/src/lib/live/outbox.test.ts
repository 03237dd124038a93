import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { memoryStore } from "../storage";
import { type Delivery, Outbox, type OutboxItem } from "./outbox";

/** Deliveries that the test decides one by one. */
function wire() {
  const asked: { item: OutboxItem; decide: (delivery: Delivery) => Promise<void> }[] = [];
  const deliver = (item: OutboxItem) =>
    new Promise<Delivery>((resolve) => {
      asked.push({
        item,
        decide: async (delivery) => {
          resolve(delivery);
          await vi.advanceTimersByTimeAsync(0);
        },
      });
    });
  return { asked, deliver };
}

const states = (outbox: Outbox) => outbox.getItems().map((item) => `${item.text}: ${item.state}`);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the outbox", () => {
  test("shows a message at once, and lets it go when it was sent", async () => {
    const { asked, deliver } = wire();
    const outbox = new Outbox({ store: memoryStore(), account: "ann", deliver });
    outbox.add("ben", "hello");
    expect(states(outbox)).toEqual(["hello: sending"]);
    await asked[0]?.decide({ outcome: "sent" });
    expect(states(outbox)).toEqual([]);
  });

  test("sends to one person in order, and to another without waiting", async () => {
    const { asked, deliver } = wire();
    const outbox = new Outbox({ store: memoryStore(), account: "ann", deliver });
    outbox.add("ben", "one");
    outbox.add("ben", "two");
    outbox.add("cleo", "three");
    expect(asked.map(({ item }) => item.text)).toEqual(["one", "three"]);
    await asked[0]?.decide({ outcome: "sent" });
    expect(asked.map(({ item }) => item.text)).toEqual(["one", "three", "two"]);
  });

  test("tries again by itself under the same id while nothing was decided", async () => {
    const { asked, deliver } = wire();
    const outbox = new Outbox({ store: memoryStore(), account: "ann", deliver });
    outbox.add("ben", "hello");
    await asked[0]?.decide({ outcome: "unknown" });
    expect(states(outbox)).toEqual(["hello: waiting"]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toHaveLength(2);
    expect(asked[1]?.item.id).toBe(asked[0]?.item.id);
  });

  test("waits as long as the server asks it to", async () => {
    const { asked, deliver } = wire();
    const outbox = new Outbox({ store: memoryStore(), account: "ann", deliver });
    outbox.add("ben", "hello");
    await asked[0]?.decide({ outcome: "unknown", retryAfter: 7 });
    await vi.advanceTimersByTimeAsync(6_900);
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(asked).toHaveLength(2);
  });

  test("keeps what was refused, says why, and goes on with the next", async () => {
    const { asked, deliver } = wire();
    const outbox = new Outbox({ store: memoryStore(), account: "ann", deliver });
    outbox.add("ben", "one");
    outbox.add("ben", "two");
    await asked[0]?.decide({ outcome: "refused", problem: "not-friends" });
    expect(states(outbox)).toEqual(["one: failed", "two: sending"]);
    expect(outbox.getItems()[0]?.problem).toBe("not-friends");
  });

  test("sends what was refused once more when asked to, under the same id", async () => {
    const { asked, deliver } = wire();
    const outbox = new Outbox({ store: memoryStore(), account: "ann", deliver });
    const { id } = outbox.add("ben", "hello");
    await asked[0]?.decide({ outcome: "refused", problem: "not-friends" });
    outbox.retry(id);
    expect(asked[1]?.item.id).toBe(id);
    await asked[1]?.decide({ outcome: "sent" });
    expect(states(outbox)).toEqual([]);
  });

  test("keeps over a reload what waits and what failed, and sends what may not have arrived", async () => {
    const store = memoryStore();
    const before = wire();
    const outbox = new Outbox({ store, account: "ann", deliver: before.deliver });
    outbox.add("ben", "refused");
    await before.asked[0]?.decide({ outcome: "refused", problem: "not-friends" });
    vi.setSystemTime(Date.now() + 1);
    outbox.add("ben", "under way");
    outbox.stop();

    const after = wire();
    const reloaded = new Outbox({ store, account: "ann", deliver: after.deliver });
    expect(states(reloaded)).toEqual(["refused: failed", "under way: waiting"]);
    reloaded.flush();
    expect(after.asked.map(({ item }) => item.text)).toEqual(["under way"]);
  });

  test("of one person isn't another's", () => {
    const store = memoryStore();
    const { deliver } = wire();
    new Outbox({ store, account: "ann", deliver }).add("ben", "hello");
    expect(new Outbox({ store, account: "cleo", deliver }).getItems()).toEqual([]);
  });

  test("lets go of what another tab has sent", async () => {
    const store = memoryStore();
    const silent = () => new Promise<Delivery>(() => {});
    const { asked, deliver } = wire();
    const sender = new Outbox({ store, account: "ann", deliver });
    sender.add("ben", "hello");
    const other = new Outbox({ store, account: "ann", deliver: silent });
    expect(other.getItems()).toHaveLength(1);
    await asked[0]?.decide({ outcome: "sent" });
    other.syncWithStore();
    expect(other.getItems()).toEqual([]);
  });

  test("forgets everything at a log-out", () => {
    const store = memoryStore();
    const { deliver } = wire();
    const outbox = new Outbox({ store, account: "ann", deliver });
    outbox.add("ben", "hello");
    outbox.clear();
    expect(new Outbox({ store, account: "ann", deliver }).getItems()).toEqual([]);
  });
});
