/** What of a picture is shown in a frame: how near, and where in the room that is left. */
export interface Crop {
  /** 1 shows as much as fits. */
  zoom: number;
  /** From 0 (the left edge) to 1 (the right one). */
  x: number;
  /** From 0 (the top) to 1 (the bottom). */
  y: number;
}

export const NEAREST = 4;
export const START: Crop = { zoom: 1, x: 0.5, y: 0.5 };

interface Size {
  width: number;
  height: number;
}

/** How many times as wide and high as the frame the picture is drawn. */
export function extent(picture: Size, aspect: number, zoom: number): Size {
  const ratio = picture.width / picture.height / aspect;
  return { width: Math.max(1, ratio) * zoom, height: Math.max(1, 1 / ratio) * zoom };
}

/** The part of the picture that is in the frame, in the picture's own pixels. */
export function visible(picture: Size, aspect: number, crop: Crop) {
  const { width, height } = extent(picture, aspect, crop.zoom);
  const part = { width: picture.width / width, height: picture.height / height };
  return {
    ...part,
    left: (picture.width - part.width) * crop.x,
    top: (picture.height - part.height) * crop.y,
  };
}

/** The same after the picture was dragged by parts of the frame's own width and height. */
export function dragged(picture: Size, aspect: number, crop: Crop, by: { x: number; y: number }) {
  const { width, height } = extent(picture, aspect, crop.zoom);
  const along = (at: number, moved: number, size: number) =>
    size > 1 ? clamp(at - moved / (size - 1)) : at;
  return { ...crop, x: along(crop.x, by.x, width), y: along(crop.y, by.y, height) };
}

const clamp = (n: number) => Math.min(1, Math.max(0, n));
