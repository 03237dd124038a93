import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readHeader } from "./header";

const fixture = (name: string) =>
  new Uint8Array(readFileSync(`${__dirname}/../../../../media/tests/fixtures/${name}`));
const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

test.each([
  ["progressive.jpg", "image/jpeg", false],
  ["cmyk.jpg", "image/jpeg", false],
  ["lossy-transparent.webp", "image/webp", false],
  ["animated.webp", "image/webp", true],
] as const)(
  "the header of %s tells format and size, whatever the file is called",
  (name, type, moves) => {
    expect(readHeader(fixture(name))).toEqual({ type, width: 64, height: 48, moves });
  },
);

test("a PNG is animated where it announces frames before its first picture", () => {
  const start = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x1f\x40\0\0\x13\x88\x08\x02\0\0\0CRC.";
  const size = { type: "image/png", width: 8_000, height: 5_000 };
  const frames = "\0\0\0\x08acTL........CRC.";
  expect(readHeader(bytes(`${start}\0\0\0\0IDAT`))).toEqual({ ...size, moves: false });
  expect(readHeader(bytes(`${start}${frames}\0\0\0\0IDAT`))).toEqual({ ...size, moves: true });
  expect(readHeader(bytes(`${start}\0\0\0\0IDATCRC.${frames}`))).toEqual({ ...size, moves: false });
});

test("a GIF and a lossless WebP tell their sizes", () => {
  expect(readHeader(bytes("GIF89a\x40\x01\xf0\0"))).toMatchObject({ width: 320, height: 240 });
  const lossless = bytes(`RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x3f\xc0\x0b\0${"\0".repeat(9)}`);
  expect(readHeader(lossless)).toMatchObject({ width: 64, height: 48, moves: false });
});

test("other files have no picture's header", () => {
  for (const text of ["", "GI", "%PDF-1.7", "<svg xmlns=", "RIFF....WAVE", "\0\0\0\x1cftypavif"]) {
    expect(readHeader(bytes(text))).toBeNull();
  }
});

test("any beginning of a picture, and any change to it, is read without harm", () => {
  const names = ["progressive.jpg", "cmyk.jpg", "lossy-turned.webp", "animated.webp"];
  for (const whole of names.map(fixture)) {
    for (let end = 0; end < whole.length; end += 1) {
      expect(() => readHeader(whole.slice(0, end))).not.toThrow();
      const changed = whole.slice(0, 400);
      if (end < changed.length) changed[end] = 255 - (changed[end] ?? 0);
      expect(() => readHeader(changed)).not.toThrow();
    }
  }
});
