import { type ComponentProps, useState } from "react";
import { useBlurhash } from "./use-blurhash";

interface PictureProps extends ComponentProps<"img"> {
  blurhash?: string | null;
}

/** A picture that is a blur of itself until it is there. */
export function Picture({ blurhash, alt, ...img }: PictureProps) {
  const [there, setThere] = useState(false);
  const blur = useBlurhash(there ? null : blurhash);
  return (
    <img
      alt={alt}
      loading="lazy"
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
