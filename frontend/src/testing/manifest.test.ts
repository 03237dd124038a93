import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** A PNG's size, as its header has it. */
function sizeOf(file: string): string {
  const bytes = readFileSync(`public${file}`);
  expect(bytes.subarray(1, 4).toString("latin1"), file).toBe("PNG");
  return `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`;
}

test("an installed app has icons for every system, each as large as it says", () => {
  const { icons } = JSON.parse(readFileSync("public/manifest.webmanifest", "utf8")) as {
    icons: { src: string; sizes: string; type: string; purpose: string }[];
  };
  const pngs = icons.filter(({ type }) => type === "image/png");
  for (const { src, sizes } of pngs) expect(sizeOf(src), src).toBe(sizes);
  expect(pngs.map(({ sizes, purpose }) => `${sizes} ${purpose}`)).toEqual(
    expect.arrayContaining(["192x192 any", "512x512 any", "512x512 maskable"]),
  );
  expect(readFileSync("index.html", "utf8")).toContain('rel="apple-touch-icon"');
  expect(sizeOf("/apple-touch-icon.png")).toBe("180x180");
});
