import { expect, test, vi } from "vitest";
import { isNewer, Positions, parsePositions, sequenceIn } from "./positions";

test("a token names a position in each of several streams", () => {
  expect(parsePositions("e12, c7")).toEqual([
    { stream: "e", sequence: 12 },
    { stream: "c", sequence: 7 },
  ]);
  expect(sequenceIn("c", "e12,c7")).toBe(7);
  expect(parsePositions("nonsense")).toEqual([]);
});

test("positions are compared as numbers, not as text", () => {
  expect(isNewer("c10", "c9")).toBe(true);
  expect(isNewer("c9", "c9")).toBe(false);
  expect(isNewer("c1", null)).toBe(true);
});

test("the highest position of each stream is remembered, and never goes back", () => {
  const changed = vi.fn();
  const positions = new Positions(changed);
  positions.observe("e5");
  positions.observe("c2,e9");
  positions.observe("e7");
  positions.observe(undefined);
  expect(positions.token()).toBe("e9,c2");
  expect(changed).toHaveBeenCalledTimes(2);
});
