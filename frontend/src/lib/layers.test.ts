import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openLayer } from "./layers";

/** What the router hears of going back. */
const router = vi.fn();
const close: (() => void)[] = [];

beforeEach(() => {
  window.history.pushState({ idx: 1 }, "", "/before");
  window.history.pushState({ idx: 2 }, "", "/here");
  window.addEventListener("popstate", router);
});
afterEach(() => {
  for (const each of close.splice(0)) each();
  window.removeEventListener("popstate", router);
  router.mockClear();
});

function layer(stays = false) {
  const onBack = vi.fn(() => {
    if (!stays) gone();
    return !stays;
  });
  const gone = openLayer(onBack);
  close.push(gone);
  return { onBack, gone };
}

const path = () => window.location.pathname;

test("Back closes the uppermost layer, one after the other, and then leaves the page", async () => {
  const under = layer();
  const over = layer();
  window.history.back();
  await expect.poll(() => over.onBack.mock.calls.length).toBe(1);
  expect(under.onBack).not.toHaveBeenCalled();
  window.history.back();
  await expect.poll(() => under.onBack.mock.calls.length).toBe(1);
  expect(router).not.toHaveBeenCalled();
  expect(path()).toBe("/here");
  window.history.back();
  await expect.poll(path).toBe("/before");
  expect(router).toHaveBeenCalledTimes(1);
});

test("a layer that asks first stays, and hears of the next Back as well", async () => {
  const { onBack } = layer(true);
  window.history.back();
  await expect.poll(() => onBack.mock.calls.length).toBe(1);
  window.history.back();
  await expect.poll(() => onBack.mock.calls.length).toBe(2);
  expect(path()).toBe("/here");
});

test("the entry of a layer that was closed otherwise costs no Back of its own", async () => {
  layer().gone();
  window.history.back();
  await expect.poll(path).toBe("/before");
});

test("the next layer takes over the entry that the last one left", async () => {
  layer().gone();
  const before = window.history.length;
  const second = layer();
  expect(window.history.length).toBe(before);
  window.history.back();
  await expect.poll(() => second.onBack.mock.calls.length).toBe(1);
  expect(path()).toBe("/here");
});
