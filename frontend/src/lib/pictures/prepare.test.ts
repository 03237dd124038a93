import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { Problem } from "../api/problem";
import { MOST_BYTES, preparePicture } from "./prepare";

const fixture = (name: string) =>
  new Uint8Array(readFileSync(`${__dirname}/../../../../media/tests/fixtures/${name}`));
const jpeg = fixture("progressive.jpg");
const animated = fixture("animated.webp");

/** The picture with so many bytes behind its end. */
const padded = (picture: Uint8Array<ArrayBuffer>, bytes: number, type: string) =>
  new File([picture, new Uint8Array(bytes - picture.length)], "picture", { type });

/** A browser that decodes everything to this size, and whose canvas gives a blob of so many bytes for each pixel. */
function browser(size: { width: number; height: number }, bytesPerPixel: number) {
  const sides: [number, number, string][] = [];
  vi.stubGlobal(
    "Image",
    class {
      src = "";
      naturalWidth = size.width;
      naturalHeight = size.height;
      decode = async () => {
        if (size.width === 0) throw new DOMException("no picture", "EncodingError");
      };
    },
  );
  URL.createObjectURL = () => "blob:picture";
  URL.revokeObjectURL = vi.fn();
  const prototype = HTMLCanvasElement.prototype;
  vi.spyOn(prototype, "getContext").mockReturnValue({
    drawImage: () => {},
    getImageData: () => ({ data: Uint8ClampedArray.of(0, 0, 0, 255, 0, 0, 0, 128) }),
  } as unknown as null);
  vi.spyOn(prototype, "toBlob").mockImplementation(function (this: HTMLCanvasElement, done, type) {
    sides.push([this.width, this.height, type ?? ""]);
    done(new Blob([new Uint8Array(this.width * this.height * bytesPerPixel)], { type }));
  });
  return sides;
}

const problemOf = (preparing: Promise<Blob>) =>
  preparing.then(
    () => null,
    (error: unknown) => (error instanceof Problem ? error.code : error),
  );

test("a picture that the server takes stays as it is, whatever it is called", async () => {
  const file = new File([jpeg], "photo.jpg", { type: "image/jpeg" });
  expect(await preparePicture(file)).toBe(file);
  for (const type of ["", "image/jpg", "application/octet-stream", "image/png"]) {
    const renamed = await preparePicture(new File([jpeg], "photo", { type }));
    expect(renamed.type).toBe("image/jpeg");
    expect(new Uint8Array(await renamed.arrayBuffer())).toEqual(jpeg);
  }
});

test("a picture with too many bytes is scaled until it fits, and is prepared once", async () => {
  const sides = browser({ width: 6_000, height: 3_000 }, 4);
  const file = padded(jpeg, MOST_BYTES + 1, "image/jpeg");
  const picture = await preparePicture(file);
  expect(sides).toEqual([
    [2_560, 1_280, "image/jpeg"],
    [1_920, 960, "image/jpeg"],
  ]);
  expect(picture.size).toBeLessThanOrEqual(MOST_BYTES);
  expect(await preparePicture(file)).toBe(picture);
});

test("a picture with too many pixels is scaled though its file is small, and what shows through still does", async () => {
  const sides = browser({ width: 8_000, height: 8_000 }, 1);
  const header = [..."\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x1f\x40\0\0\x1f\x40\x08\x06\0\0\0CRC."];
  const png = Uint8Array.from(header, (letter) => letter.charCodeAt(0));
  expect((await preparePicture(new Blob([png]))).type).toBe("image/png");
  expect(sides).toEqual([[2_560, 2_560, "image/png"]]);
});

test("an animation that is too large is refused, since a canvas would keep one moment of it", async () => {
  browser({ width: 64, height: 48 }, 1);
  const file = padded(animated, MOST_BYTES + 1, "image/webp");
  expect(await problemOf(preparePicture(file))).toBe("animation-too-large");
});

test("a format that only the browser knows is written anew; what it can't show is no picture", async () => {
  const sides = browser({ width: 300, height: 200 }, 1);
  const avif = new File(["\0\0\0\x1cftypavif"], "photo.avif", { type: "image/avif" });
  expect((await preparePicture(avif)).type).toBe("image/png");
  expect(sides).toEqual([[300, 200, "image/png"]]);
  browser({ width: 0, height: 0 }, 1);
  expect(await problemOf(preparePicture(new File(["%PDF"], "text")))).toBe("unsupported-image");
  const broken = new File(["BM"], "photo.bmp", { type: "image/bmp" });
  expect(await problemOf(preparePicture(broken))).toBe("unreadable-image");
});

test("what no scaling makes small enough is refused", async () => {
  browser({ width: 640, height: 640 }, 50);
  const file = padded(jpeg, MOST_BYTES + 1, "image/jpeg");
  expect(await problemOf(preparePicture(file))).toBe("too-large");
});
