import { type ReactNode, Suspense, useRef, useState } from "react";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";

// Fetched when somebody looks closer.
const Lightbox = lazyPart(() => import("./lightbox"));

/** What a picture is to who looks at it. */
export interface Shown {
  url: string;
  /** The same in the middle size. */
  medium?: string | null;
  alt: string;
  width: number | null;
  height: number | null;
  blurhash: string | null;
}

interface PictureLinkProps {
  /** All that belong together, in order. */
  pictures: Shown[];
  /** Which of them this is. */
  place: number;
  className?: string;
  children: ReactNode;
}

/** Opens a picture large, among those that it belongs to. A link, so that it can be opened in a tab of its own too. */
export function PictureLink({ pictures, place, className, children }: PictureLinkProps) {
  const link = useRef<HTMLAnchorElement>(null);
  const [open, setOpen] = useState(false);
  const picture = pictures[place];
  if (!picture) return children;
  return (
    <>
      <a
        ref={link}
        href={picture.url}
        target="_blank"
        rel="noopener noreferrer"
        aria-label={t.pictures.open(picture.alt)}
        aria-haspopup="dialog"
        className={className}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {children}
      </a>
      {open && (
        <Suspense fallback={null}>
          <Lightbox
            pictures={pictures}
            place={place}
            onClose={() => {
              setOpen(false);
              link.current?.focus();
            }}
          />
        </Suspense>
      )}
    </>
  );
}
