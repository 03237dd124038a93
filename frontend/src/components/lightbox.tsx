import { ChevronLeft, ChevronRight, X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type KeyboardEvent, useState } from "react";
import { cn } from "@/lib/cn";
import { isComposing, keepOpenWhileComposing } from "@/lib/keys";
import { t } from "@/lib/messages";
import { Picture } from "./picture";
import type { Shown } from "./picture-link";

interface LightboxProps {
  pictures: Shown[];
  place: number;
  onClose: () => void;
}

const ROUND =
  "grid size-11 place-items-center rounded-full bg-black/50 text-white hover:bg-black/75 focus-visible:outline-2 focus-visible:outline-white";

/** One picture as large as the screen allows, and the way to its neighbours. Dark in either theme, as pictures like it. */
export default function Lightbox({ pictures, place, onClose }: LightboxProps) {
  const [at, setAt] = useState(place);
  const picture = pictures[at];
  const several = pictures.length > 1;
  const go = (by: 1 | -1) => setAt((now) => Math.min(Math.max(now + by, 0), pictures.length - 1));
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    if (event.key === "ArrowLeft") go(-1);
    if (event.key === "ArrowRight") go(1);
  };
  if (!picture) return null;
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-50 animate-fade bg-black/95 backdrop-blur-sm" />
        <Radix.Content
          aria-describedby={undefined}
          onKeyDown={onKeyDown}
          onEscapeKeyDown={keepOpenWhileComposing}
          // Whoever opened it takes the focus back.
          onCloseAutoFocus={(event) => event.preventDefault()}
          className="fixed inset-0 z-50 flex flex-col text-white outline-none"
        >
          <div className="flex items-center gap-3 p-3 pt-[calc(0.75rem+env(safe-area-inset-top))]">
            <Radix.Title
              className="min-w-0 flex-1 truncate text-sm tabular-nums"
              aria-live="polite"
            >
              {pictures.length > 1 ? t.pictures.place(at + 1, pictures.length) : t.pictures.unnamed}
            </Radix.Title>
            <Radix.Close aria-label={t.actions.close} className={ROUND}>
              <X aria-hidden="true" />
            </Radix.Close>
          </div>
          <div className="relative grid min-h-0 flex-1 place-items-center px-2">
            {/* The dark around a picture closes it, as everywhere; the keyboard has Escape and the button. */}
            {/* biome-ignore lint/a11y: a second way for pointers alone */}
            <div className="absolute inset-0" onClick={onClose} />
            <Picture
              key={picture.url}
              src={picture.url}
              alt={picture.alt || t.pictures.unnamed}
              width={picture.width ?? undefined}
              height={picture.height ?? undefined}
              blurhash={picture.blurhash}
              loading="eager"
              className="relative max-h-full w-auto max-w-full object-contain"
            />
            {several && (
              <>
                <button
                  type="button"
                  aria-label={t.pictures.previous}
                  disabled={at === 0}
                  onClick={() => go(-1)}
                  className={cn(ROUND, "absolute left-3 disabled:invisible")}
                >
                  <ChevronLeft aria-hidden="true" />
                </button>
                <button
                  type="button"
                  aria-label={t.pictures.next}
                  disabled={at === pictures.length - 1}
                  onClick={() => go(1)}
                  className={cn(ROUND, "absolute right-3 disabled:invisible")}
                >
                  <ChevronRight aria-hidden="true" />
                </button>
              </>
            )}
          </div>
          <p className="min-h-12 px-4 py-3 pb-[calc(0.75rem+env(safe-area-inset-bottom))] text-center text-pretty">
            {picture.alt}
          </p>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
