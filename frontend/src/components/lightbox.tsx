import { ChevronLeft, ChevronRight, X, ZoomIn, ZoomOut } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { cn } from "@/lib/cn";
import { isComposing, keepOpenWhileComposing } from "@/lib/keys";
import { t } from "@/lib/messages";
import { Picture } from "./picture";
import type { Shown } from "./picture-link";
import { useLayer } from "./ui/use-layer";

interface LightboxProps {
  pictures: Shown[];
  place: number;
  /** Called once it has left the screen. */
  onClose: () => void;
}

const ROUND =
  "grid size-11 place-items-center rounded-full bg-black/50 text-white hover:bg-black/75 focus-visible:outline-2 focus-visible:outline-white";

/** One picture as large as the screen allows, and the way to its neighbours. Dark in either theme, as pictures like it. */
export default function Lightbox({ pictures, place, onClose }: LightboxProps) {
  const [open, setOpen] = useState(true);
  const close = () => setOpen(false);
  const [at, setAt] = useState(place);
  const picture = pictures[at];
  const several = pictures.length > 1;
  const [zoomed, setZoomed] = useState(false);
  useLayer(open, () => {
    close();
    return true;
  });
  const go = (by: 1 | -1) => {
    setZoomed(false);
    setAt((now) => Math.min(Math.max(now + by, 0), pictures.length - 1));
  };
  const swipe = useSwipe(zoomed ? null : go);
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    if (event.key === "ArrowLeft") go(-1);
    if (event.key === "ArrowRight") go(1);
  };
  if (!picture) return null;
  return (
    <Radix.Root open={open} onOpenChange={setOpen}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-50 animate-fade bg-black/95 backdrop-blur-sm data-[state=closed]:animate-fade-out" />
        <Radix.Content
          aria-describedby={undefined}
          onKeyDown={onKeyDown}
          onEscapeKeyDown={keepOpenWhileComposing}
          onCloseAutoFocus={(event) => {
            // Whoever opened it takes the focus back.
            event.preventDefault();
            onClose();
          }}
          className="fixed inset-0 z-50 flex animate-lightbox-in flex-col text-white outline-none data-[state=closed]:animate-lightbox-out"
        >
          <div className="flex items-center gap-3 p-3 pt-[calc(0.75rem+env(safe-area-inset-top))]">
            <Radix.Title
              className="min-w-0 flex-1 truncate text-sm tabular-nums"
              aria-live="polite"
            >
              {pictures.length > 1 ? t.pictures.place(at + 1, pictures.length) : t.pictures.unnamed}
            </Radix.Title>
            <button
              type="button"
              aria-label={t.pictures.zoom}
              aria-pressed={zoomed}
              onClick={() => setZoomed(!zoomed)}
              className={ROUND}
            >
              {zoomed ? <ZoomOut aria-hidden="true" /> : <ZoomIn aria-hidden="true" />}
            </button>
            <Radix.Close aria-label={t.actions.close} className={ROUND}>
              <X aria-hidden="true" />
            </Radix.Close>
          </div>
          <div
            {...swipe}
            className={cn(
              "relative grid min-h-0 flex-1 px-2",
              zoomed ? "overflow-auto" : "touch-pinch-zoom place-items-center",
            )}
          >
            {/* The dark around a picture closes it, as everywhere; the keyboard has Escape and the button. */}
            {/* biome-ignore lint/a11y: a second way for pointers alone */}
            <div className="absolute inset-0" onClick={close} />
            <Picture
              key={picture.url}
              src={picture.url}
              // Who looks closer wants all of it.
              medium={zoomed ? null : picture.medium}
              sizes={`min(100vw, ${picture.width ?? 0}px)`}
              alt={picture.alt || t.pictures.unnamed}
              width={picture.width ?? undefined}
              height={picture.height ?? undefined}
              blurhash={picture.blurhash}
              loading="eager"
              className={cn(
                "relative",
                // As large as it is, or half as large again as the screen: whichever is more.
                zoomed
                  ? "m-auto h-auto w-auto min-w-[150%] max-w-none"
                  : "max-h-full w-auto max-w-full object-contain",
              )}
            />
            {several && (
              <>
                <button
                  type="button"
                  aria-label={t.pictures.previous}
                  disabled={at === 0}
                  onClick={() => go(-1)}
                  className={cn(ROUND, "absolute start-3 disabled:invisible rtl:-scale-x-100")}
                >
                  <ChevronLeft aria-hidden="true" />
                </button>
                <button
                  type="button"
                  aria-label={t.pictures.next}
                  disabled={at === pictures.length - 1}
                  onClick={() => go(1)}
                  className={cn(ROUND, "absolute end-3 disabled:invisible rtl:-scale-x-100")}
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

/** So far a finger goes for the next picture, and not for a tap. */
const SWIPE_PX = 48;

/** Leads to the neighbours by a finger that is drawn across; two fingers are for the browser, to zoom. */
function useSwipe(go: ((by: 1 | -1) => void) | null) {
  const from = useRef<{ id: number; x: number; y: number } | null>(null);
  return {
    onPointerDown: ({ pointerId, pointerType, isPrimary, clientX, clientY }: PointerEvent) => {
      from.current =
        isPrimary && pointerType === "touch" ? { id: pointerId, x: clientX, y: clientY } : null;
    },
    onPointerUp: ({ pointerId, clientX, clientY }: PointerEvent) => {
      const start = from.current;
      from.current = null;
      if (!start || start.id !== pointerId) return;
      const across = clientX - start.x;
      if (Math.abs(across) < SWIPE_PX || Math.abs(across) < 2 * Math.abs(clientY - start.y)) return;
      go?.(across < 0 ? 1 : -1);
    },
    onPointerCancel: () => {
      from.current = null;
    },
  };
}
