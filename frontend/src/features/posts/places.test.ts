import { expect, test } from "vitest";
import { memoryStore } from "@/lib/storage";
import { Places } from "./places";

const place = { key: "p12", top: -40 };

test("a place is known when one comes back, and after a reload", () => {
  const store = memoryStore();
  const places = new Places(store, () => false);
  places.keep("ann", "a", place);
  expect(places.of("ann", "a")).toEqual(place);
  expect(places.of("ann", "b")).toBeNull();
  expect(places.of("ben", "a")).toBeNull();
  expect(new Places(store, () => true).of("ann", "a")).toEqual(place);
});

test("a page that is opened anew begins at its top, though its entry has a name that was there before", () => {
  const store = memoryStore();
  new Places(store, () => false).keep("ann", "default", place);
  expect(new Places(store, () => false).of("ann", "default")).toBeNull();
});

test("whoever has gone back to the top stays there", () => {
  const places = new Places(memoryStore(), () => true);
  places.keep("ann", "a", place);
  places.keep("ann", "a", null);
  expect(places.of("ann", "a")).toBeNull();
});

test("old visits are forgotten, and what can't be read is nothing", () => {
  const store = memoryStore();
  const places = new Places(store, () => true);
  for (let visit = 0; visit < 40; visit += 1) places.keep("ann", `v${visit}`, place);
  expect(places.of("ann", "v5")).toBeNull();
  expect(places.of("ann", "v39")).toEqual(place);
  for (const key of store.keys("")) store.set(key, "{");
  expect(places.of("ann", "v39")).toBeNull();
});
