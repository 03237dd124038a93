import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** A bound or a pause that belongs to one test, and so to the pace of one machine. */
const OWN_PACE =
  /\btimeout:\s*\d|\bwaitForTimeout\(|\bsetDefault(?:Navigation)?Timeout\(\d|\bvi\.wait(?:For|Until)\(|\bsleep\(|\}, [\d_]{4,}\);/;

const testsIn = (folder: string, name: RegExp): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => name.test(path))
    .map((path) => join(folder, path));

test("no test has a patience of its own: patience.ts is the one place", () => {
  const files = [...testsIn("src", /\.test\.tsx?$/), ...testsIn("e2e", /\.ts$/)];
  const own = files
    .filter((file) => !file.endsWith("patience.test.ts"))
    .flatMap((file) =>
      readFileSync(file, "utf8")
        .split("\n")
        .flatMap((line, i) => (OWN_PACE.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
    );
  expect(files.length).toBeGreaterThan(30);
  expect(own).toEqual([]);
});
