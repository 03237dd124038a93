import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** A class that names a side of the screen, where there is one that names a side of the text. */
const PHYSICAL =
  /^(?:\S+:)?-?(?:(?:[mp][lr]|scroll-[mp][lr]|left|right|border-[lr]|rounded-(?:[lr]|[tb][lr]))(?:-\S+)|(?:border-[lr]|rounded-(?:[lr]|[tb][lr])|(?:text|float|clear)-(?:left|right)|origin-(?:\w+-)?(?:left|right)))!?$/;
const PHYSICAL_CSS =
  /(?:^|[\s;{])(?:(?:margin|padding|border|inset)-(?:left|right)|left|right)\s*:|(?:text-align|float)\s*:\s*(?:left|right)/;

const sources = readdirSync("src", { recursive: true, encoding: "utf8" }).map((file) =>
  join("src", file),
);

/** The classes in a source: what stands between blanks in its texts. */
const classesOf = (source: string): string[] =>
  (source.match(/"[^"\n]*"|`[^`]*`|'[^'\n]*'/g) ?? []).flatMap((text) =>
    text.slice(1, -1).split(/\s+/),
  );

test("the rule knows a class that names a side of the screen from others", () => {
  const physical = ["ml-2", "sm:-mr-3", "left-0", "md:right-6", "text-left", "rounded-tl-md"];
  for (const name of [...physical, "hover:pl-[3px]", "origin-bottom-right", "border-l"]) {
    expect(PHYSICAL.test(name), name).toBe(true);
  }
  for (const name of [
    "ms-2",
    "end-0",
    "text-start",
    "rounded-ss-md",
    "inset-x-0",
    "plural",
    "mx-1",
  ]) {
    expect(PHYSICAL.test(name), name).toBe(false);
  }
});

test("what is laid out names the sides of the text, not those of the screen", () => {
  const code = sources.filter((file) => /\.tsx?$/.test(file) && !/\.test\.|\.d\.ts$/.test(file));
  expect(code.length).toBeGreaterThan(150);
  const physical = code.flatMap((file) =>
    classesOf(readFileSync(file, "utf8"))
      .filter((name) => PHYSICAL.test(name))
      .map((name) => `${file}: ${name}`),
  );
  const css = sources
    .filter((file) => file.endsWith(".css"))
    .flatMap((file) =>
      readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => PHYSICAL_CSS.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
  expect([...physical, ...css]).toEqual([]);
});
