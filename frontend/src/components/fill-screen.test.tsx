import { act, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { FillScreen } from "./fill-screen";

/** What iOS tells of a screen of 844 pixels, and of the keyboard over it. */
function screenOf(height: number, more: { pageTop?: number; scale?: number } = {}) {
  const viewport = Object.assign(new EventTarget(), { height, pageTop: 0, scale: 1, ...more });
  vi.stubGlobal("visualViewport", viewport);
  vi.stubGlobal("innerHeight", 844);
  return (next: { height: number; pageTop?: number; scale?: number }, event = "resize") =>
    act(() => {
      Object.assign(viewport, next);
      viewport.dispatchEvent(new Event(event));
    });
}

afterEach(() => {
  vi.unstubAllGlobals();
});

function show() {
  render(
    <FillScreen active data-testid="chat">
      <header>Ben</header>
      <textarea aria-label="Write a message" />
    </FillScreen>,
  );
  return screen.getByTestId("chat");
}

test("a chat fills what the keyboard leaves of the screen, wherever that is", () => {
  const change = screenOf(844);
  const chat = show();
  expect(chat).not.toHaveAttribute("style");
  change({ height: 508 });
  expect(chat).toHaveStyle({ height: "508px", translate: "0 0px" });
  // The browser has scrolled to the field that has the focus.
  change({ height: 508, pageTop: 212 }, "scroll");
  expect(chat).toHaveStyle({ height: "508px", translate: "0 212px" });
  change({ height: 844, pageTop: 0 });
  expect(chat.style).toHaveLength(0);
});

test("a page that scrolls is left to the browser", () => {
  const change = screenOf(844);
  render(
    <FillScreen active={false} data-testid="page">
      A feed
    </FillScreen>,
  );
  change({ height: 508 });
  expect(screen.getByTestId("page")).not.toHaveAttribute("style");
});

test("who zooms in moves about in the chat as it is", () => {
  const change = screenOf(844);
  const chat = show();
  change({ height: 422, pageTop: 100, scale: 2 });
  expect(chat).not.toHaveAttribute("style");
});

test("where the page itself grows smaller for the keyboard, nothing has to be done", () => {
  const change = screenOf(844);
  const chat = show();
  vi.stubGlobal("innerHeight", 508);
  change({ height: 508 });
  expect(chat).not.toHaveAttribute("style");
});
