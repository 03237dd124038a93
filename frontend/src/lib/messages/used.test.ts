import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { en } from "./en";

/** The path of each text, as the code names it. */
function pathsOf(texts: object, path: string): string[] {
  return Object.entries(texts).flatMap(([key, value]) => {
    const here = /^[\w$]+$/.test(key) ? `${path}.${key}` : `${path}[${key}]`;
    const isGroup = typeof value === "object" && !Array.isArray(value);
    return isGroup ? pathsOf(value, here) : [here];
  });
}

test("every text is used: one that isn't names something that is missing", () => {
  const code = readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.|messages\//.test(file))
    .map((file) => readFileSync(join("src", file), "utf8"))
    .join("\n");
  const unused = pathsOf(en, "t").filter((path) => {
    if (new RegExp(`${path.replace(/[.$[\]]/g, "\\$&")}\\b`).test(code)) return false;
    // Chosen by a key that is known only then: `t.problems[code]`, or handed on as a group.
    const groups = path.split(/[.[]/).slice(0, -1);
    return !groups.some((_, i) => {
      const group = groups.slice(0, i + 1).join("\\.");
      return i > 0 && new RegExp(`\\b${group}(?![.\\w])`).test(code);
    });
  });
  expect(unused).toEqual([]);
});
