import { useEffect, useReducer } from "react";

/** So many pixels each way say all that a blurhash knows. */
const SIDE = 32;
/** What was drawn before, for pictures come again as one scrolls. */
const drawn = new Map<string, string>();
/** Then the oldest are forgotten, at about 2 KB each. */
const REMEMBERED = 500;

/** A blurred picture as a URL, once it is drawn; what draws it is fetched when the first is asked for. */
export function useBlurhash(hash: string | null | undefined): string | undefined {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    if (!hash || drawn.has(hash)) return;
    let gone = false;
    import("fast-blurhash").then(
      ({ decodeBlurHash }) => {
        if (gone) return;
        const url = draw(() => decodeBlurHash(hash, SIDE, SIDE));
        if (!url) return;
        remember(hash, url);
        redraw();
      },
      // Without it a picture has a plain place; it comes all the same.
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [hash]);
  return hash ? drawn.get(hash) : undefined;
}

function draw(pixels: () => Uint8ClampedArray): string | null {
  const canvas = document.createElement("canvas");
  canvas.width = SIDE;
  canvas.height = SIDE;
  const context = canvas.getContext("2d");
  if (!context) return null;
  const image = context.createImageData(SIDE, SIDE);
  image.data.set(pixels());
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

function remember(hash: string, url: string) {
  const oldest = drawn.size >= REMEMBERED ? drawn.keys().next().value : undefined;
  if (oldest) drawn.delete(oldest);
  drawn.set(hash, url);
}
