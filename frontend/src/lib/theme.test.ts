import { act, renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import { applyTheme, useTheme } from "./theme";

test("the bars of a phone's browser have the colour that was chosen, whatever the system's is", () => {
  for (const scheme of ["light", "dark"]) {
    const meta = document.createElement("meta");
    meta.name = "theme-color";
    meta.setAttribute("media", `(prefers-color-scheme: ${scheme})`);
    document.head.append(meta);
  }
  const colours = () =>
    [...document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')].map(
      (meta) => `${meta.content}${meta.getAttribute("media") ?? ""}`,
    );
  applyTheme();
  expect(colours()).toEqual(["#f1f7f8", "#f1f7f8"]);
  const { result } = renderHook(() => useTheme());
  act(() => result.current[1]("dark"));
  expect(colours()).toEqual(["#0c1519", "#0c1519"]);
  expect(document.documentElement.dataset.theme).toBe("dark");
  act(() => result.current[1]("system"));
  expect(colours()).toEqual(["#f1f7f8", "#f1f7f8"]);
});
