import type { RouteObject } from "react-router";
import { expect, test } from "vitest";
import { Gate } from "./gate";
import { ownPath } from "./own-path";
import { routes } from "./router";

/** The addresses of all pages below the gate, with something in the place of what varies. */
function pagesOf(all: RouteObject[], above = "", within = false): string[] {
  return all.flatMap(({ path = "", Component, children = [] }) => {
    const here = path.startsWith("/") ? path : [above, path].filter(Boolean).join("/");
    const isWithin = within || Component === Gate;
    const own = isWithin && path && path !== "*" ? [here.replace(/:\w+/g, "ben")] : [];
    return [...own, ...pagesOf(children, here, isWithin)];
  });
}

test("a log-in leads on to where one wanted to go, whichever page that is", () => {
  const pages = pagesOf(routes);
  expect(pages.length).toBeGreaterThan(8);
  for (const path of [...pages, "/posts/1?a=b", "/chat/ben#newest"]) {
    expect(ownPath(path), path).toBe(path);
  }
});

test("a log-in leads home from an address that is no page, or isn't ours", () => {
  const elsewhere = [
    null,
    "",
    "/somewhere-else",
    "/people",
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/%09/evil.example",
    "/%5Cevil.example",
  ];
  for (const path of elsewhere) expect(ownPath(path)).toBe("/");
});
