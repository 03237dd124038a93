import { expect, test } from "vitest";
import { isComposing, isSendingKey, keepOpenWhileComposing } from "./keys";

const press = (key: string, init: KeyboardEventInit = {}) =>
  new KeyboardEvent("keydown", { key, cancelable: true, ...init });

test("a key of an input method is known by its state, and in Safari by its code", () => {
  expect(isComposing(press("Enter"))).toBe(false);
  expect(isComposing(press("Enter", { isComposing: true }))).toBe(true);
  expect(isComposing(press("Enter", { keyCode: 229 }))).toBe(true);
});

test("Enter sends with Ctrl or Cmd, unless an input method has it", () => {
  expect(isSendingKey(press("Enter"))).toBe(false);
  expect(isSendingKey(press("Enter", { ctrlKey: true }))).toBe(true);
  expect(isSendingKey(press("Enter", { metaKey: true }))).toBe(true);
  expect(isSendingKey(press("Enter", { ctrlKey: true, isComposing: true }))).toBe(false);
  expect(isSendingKey(press("Enter", { metaKey: true, keyCode: 229 }))).toBe(false);
});

test("the Escape of an input method is kept from closing a layer", () => {
  const ours = press("Escape");
  const theirs = press("Escape", { keyCode: 229 });
  keepOpenWhileComposing(ours);
  keepOpenWhileComposing(theirs);
  expect([ours.defaultPrevented, theirs.defaultPrevented]).toEqual([false, true]);
});

test("every handler of keys leaves an input method its own", () => {
  const sources = import.meta.glob<string>("/src/**/*.{ts,tsx}", {
    query: "?raw",
    import: "default",
    eager: true,
  });
  const deaf = Object.entries(sources)
    .filter(([path]) => !path.includes(".test."))
    .filter(([, source]) =>
      /\bonKeyDown=|["']key(down|up|press)["']|<(Radix|Popover)\.Content/.test(source),
    )
    .filter(([, source]) => !source.includes('"@/lib/keys"'))
    .map(([path]) => path);
  expect(deaf).toEqual([]);
});
