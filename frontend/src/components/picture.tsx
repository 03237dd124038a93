import { type ComponentProps, useState } from "react";
import { useBlurhash } from "./use-blurhash";

/** The longest side of a picture in the middle size, in pixels. */
const MEDIUM_SIDE = 1_080;

interface PictureProps extends Omit<ComponentProps<"img">, "width" | "height"> {
  blurhash?: string | null;
  /** Where it is in the middle size, for a screen that needs no more; `sizes` says how wide it is shown. */
  medium?: string | null;
  width?: number;
  height?: number;
}

/** A picture that is a blur of itself until it is there, in the size that the screen needs. */
export function Picture({ blurhash, alt, medium, sizes, ...img }: PictureProps) {
  const [there, setThere] = useState(false);
  const blur = useBlurhash(there ? null : blurhash);
  return (
    <img
      alt={alt}
      loading="lazy"
      {...sourcesOf(img, medium, sizes)}
      // A picture from the browser's cache may be there before React listens.
      ref={(element) => {
        if (element?.complete && element.naturalWidth > 0) setThere(true);
      }}
      onLoad={() => setThere(true)}
      style={blur ? { backgroundImage: `url(${blur})`, backgroundSize: "100% 100%" } : undefined}
      {...img}
    />
  );
}

type Sources = Pick<ComponentProps<"img">, "srcSet" | "sizes">;

function sourcesOf(
  { src, width = 0, height = 0 }: PictureProps,
  medium: PictureProps["medium"],
  sizes: PictureProps["sizes"],
): Sources {
  const longest = Math.max(width, height);
  if (!src || !medium || !sizes || longest <= MEDIUM_SIDE) return {};
  const narrow = Math.max(1, Math.round((width * MEDIUM_SIDE) / longest));
  return { sizes, srcSet: `${medium} ${narrow}w, ${src} ${width}w` };
}
