import { waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { countInTitle } from "./unread-title";

const setAppBadge = vi.fn(async () => {});
const clearAppBadge = vi.fn(async () => {});
let counted: ReturnType<typeof countInTitle>;

beforeEach(() => {
  Object.assign(navigator, { setAppBadge, clearAppBadge });
  document.title = "Explore · Echo";
  counted = countInTitle();
});
afterEach(() => {
  counted.stop();
});

test("the tab's title and the app's icon say how much is unread, on whichever page", async () => {
  counted.show(3);
  expect(document.title).toBe("(3) Explore · Echo");
  expect(setAppBadge).toHaveBeenLastCalledWith(3);
  document.title = "Friends · Echo";
  await waitFor(() => expect(document.title).toBe("(3) Friends · Echo"));
  counted.show(250);
  expect(document.title).toBe("(99+) Friends · Echo");
});

test("when all is read, or nobody is signed in any more, nothing is counted", () => {
  counted.show(3);
  counted.show(0);
  expect(document.title).toBe("Explore · Echo");
  expect(clearAppBadge).toHaveBeenCalled();
  counted.show(1);
  counted.stop();
  expect(document.title).toBe("Explore · Echo");
});
