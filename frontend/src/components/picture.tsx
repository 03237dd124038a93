import { type ComponentProps, createContext, use, useRef, useState } from "react";
import { useBlurhash } from "./use-blurhash";

/**
 * Fetches anew what a picture belongs to. The address of a picture is good for a day or two; what
 * has been open for longer shows addresses that have ended.
 */
export const PictureOwner = createContext<() => void>(() => {});

interface PictureProps extends ComponentProps<"img"> {
  blurhash?: string | null;
}

/** A picture that is a blur of itself until it is there. */
export function Picture({ blurhash, alt, ...img }: PictureProps) {
  const [there, setThere] = useState(false);
  const blur = useBlurhash(there ? null : blurhash);
  const refresh = use(PictureOwner);
  const failed = useRef<string | undefined>(undefined);
  return (
    <img
      alt={alt}
      loading="lazy"
      // A picture from the browser's cache may be there before React listens.
      ref={(element) => {
        if (element?.complete && element.naturalWidth > 0) setThere(true);
      }}
      onLoad={() => setThere(true)}
      onError={() => {
        // Once for each address: one that is new and fails as well has another reason.
        if (failed.current !== undefined) return;
        failed.current = img.src;
        refresh();
      }}
      style={blur ? { backgroundImage: `url(${blur})`, backgroundSize: "100% 100%" } : undefined}
      {...img}
    />
  );
}
