import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { isComposing } from "@/lib/keys";
import { t } from "@/lib/messages";
import { type Crop, dragged, extent, NEAREST, START, visible } from "./crop";

interface PictureCropperProps {
  file: File;
  /** Width by height. */
  aspect: number;
  /** How wide the result is, in pixels. */
  width: number;
  round: boolean;
  pending: boolean;
  onCancel: () => void;
  onCropped: (picture: Blob) => void;
}

interface Point {
  x: number;
  y: number;
}

const distance = (one: Point, other: Point) => Math.hypot(one.x - other.x, one.y - other.y);

/** By how much of the frame an arrow key moves the picture. */
const STEP = 0.05;

/** Chooses what of a picture is shown: by dragging, by arrow keys, and with a slider to come nearer. */
export function PictureCropper(props: PictureCropperProps) {
  const { file, aspect, width, round, pending, onCancel, onCropped } = props;
  const [picture, setPicture] = useState<HTMLImageElement | null>(null);
  const [broken, setBroken] = useState(false);
  const [crop, setCrop] = useState<Crop>(START);
  const frame = useRef<HTMLDivElement>(null);
  const fingers = useRef(new Map<number, Point>());

  useEffect(() => {
    const url = URL.createObjectURL(file);
    const image = new Image();
    image.onload = () => setPicture(image);
    image.onerror = () => setBroken(true);
    image.src = url;
    return () => URL.revokeObjectURL(url);
  }, [file]);

  if (broken) {
    return (
      <p role="alert" className="text-danger">
        {t.pictures.unreadable}
      </p>
    );
  }
  const size = picture && { width: picture.naturalWidth, height: picture.naturalHeight };
  const move = (by: { x: number; y: number }) => {
    if (size) setCrop((now) => dragged(size, aspect, now, by));
  };

  const zoomBy = (factor: number) =>
    setCrop((now) => ({ ...now, zoom: Math.min(NEAREST, Math.max(1, now.zoom * factor)) }));

  const onPointerDown = (event: PointerEvent) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    fingers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
  };
  const onPointerMove = (event: PointerEvent) => {
    const box = frame.current?.getBoundingClientRect();
    const before = fingers.current.get(event.pointerId);
    if (!before || !box) return;
    const after = { x: event.clientX, y: event.clientY };
    const others = [...fingers.current.entries()].filter(([id]) => id !== event.pointerId);
    fingers.current.set(event.pointerId, after);
    // Each of several fingers moves the picture by its share, and their distance brings it nearer.
    const share = others.length + 1;
    move({
      x: (after.x - before.x) / box.width / share,
      y: (after.y - before.y) / box.height / share,
    });
    const [other] = others;
    if (other) zoomBy(distance(after, other[1]) / Math.max(distance(before, other[1]), 1));
  };
  const onPointerEnd = (event: PointerEvent) => void fingers.current.delete(event.pointerId);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[
      event.key
    ];
    if (!by || isComposing(event)) return;
    event.preventDefault();
    move({ x: (by[0] ?? 0) * STEP, y: (by[1] ?? 0) * STEP });
  };

  const finish = () => {
    if (!picture || !size) return;
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = Math.round(width / aspect);
    const context = canvas.getContext("2d");
    if (!context) return setBroken(true);
    // A see-through picture would be black in a JPEG.
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    const part = visible(size, aspect, crop);
    context.drawImage(
      picture,
      part.left,
      part.top,
      part.width,
      part.height,
      0,
      0,
      canvas.width,
      canvas.height,
    );
    canvas.toBlob((blob) => (blob ? onCropped(blob) : setBroken(true)), "image/jpeg", 0.92);
  };

  const drawn = size ? extent(size, aspect, crop.zoom) : { width: 1, height: 1 };
  return (
    <div className="space-y-4">
      <div
        ref={frame}
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the picture
        tabIndex={0}
        aria-label={t.pictures.frame}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerEnd}
        onPointerCancel={onPointerEnd}
        onKeyDown={onKeyDown}
        style={{ aspectRatio: aspect }}
        className={`relative mx-auto w-full cursor-grab touch-none overflow-hidden bg-sunken active:cursor-grabbing ${
          round ? "max-w-72 rounded-full" : "rounded-2xl"
        }`}
      >
        {picture && (
          <img
            src={picture.src}
            alt=""
            draggable={false}
            className="pointer-events-none absolute max-w-none select-none"
            style={{
              width: `${drawn.width * 100}%`,
              height: `${drawn.height * 100}%`,
              left: `${(1 - drawn.width) * crop.x * 100}%`,
              top: `${(1 - drawn.height) * crop.y * 100}%`,
            }}
          />
        )}
      </div>
      <label className="flex items-center gap-3 text-sm text-ink-soft">
        {t.pictures.zoom}
        <input
          type="range"
          min={1}
          max={NEAREST}
          step={0.01}
          value={crop.zoom}
          onChange={(event) => setCrop({ ...crop, zoom: Number(event.target.value) })}
          className="h-11 min-w-0 flex-1 accent-brand"
        />
      </label>
      <div className="flex justify-end gap-2">
        <Button variant="ghost" onClick={onCancel}>
          {t.actions.cancel}
        </Button>
        <Button onClick={finish} pending={pending} disabled={!picture}>
          {t.pictures.use}
        </Button>
      </div>
    </div>
  );
}
