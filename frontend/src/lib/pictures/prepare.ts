import { Problem } from "../api/problem";
import { t } from "../messages";
import { type PictureHeader, readHeader } from "./header";

/** What the server takes of one picture, as the contract says. */
export const MOST_BYTES = 10 * 1024 * 1024;
export const MOST_PIXELS = 40_000_000;
/** Enough for every header: a camera may put a preview and a colour profile before the size. */
const HEADER_BYTES = 1024 * 1024;
/** The sides to scale to, until the file is small enough. The first is the longest that the server keeps. */
const SIDES = [2_560, 1_920, 1_280, 640];
const QUALITY = 0.92;

/** The same picture is prepared once, so that a second try sends the same bytes. */
const prepared = new WeakMap<Blob, Promise<Blob>>();

/**
 * Makes of a picture what the server takes: one with too many bytes or pixels is scaled down, one in a format that
 * only the browser knows is written anew, anything else stays as it is. The format is told by the content, whatever
 * the file is called. Throws a `Problem`.
 */
export function preparePicture(file: Blob): Promise<Blob> {
  const known = prepared.get(file);
  if (known) return known;
  const preparing = prepare(file);
  prepared.set(file, preparing);
  return preparing;
}

async function prepare(file: Blob): Promise<Blob> {
  const header = await headerOf(file);
  if (!header) return written(file);
  if (file.size <= MOST_BYTES && header.width * header.height <= MOST_PIXELS) {
    return file.type === header.type ? file : file.slice(0, file.size, header.type);
  }
  // A canvas keeps one moment of it only.
  if (header.moves) throw refusal("animation-too-large", 413);
  return scaled(file, header.type);
}

/** A file whose first bytes say nothing: the server judges what claims to be of its formats, the browser the rest. */
async function written(file: Blob): Promise<Blob> {
  const claims = ["image/jpeg", "image/png", "image/webp", "image/gif"].includes(file.type);
  if (claims && file.size <= MOST_BYTES) return file;
  return scaled(file, file.type);
}

async function headerOf(file: Blob): Promise<PictureHeader | null> {
  try {
    return readHeader(new Uint8Array(await file.slice(0, HEADER_BYTES).arrayBuffer()));
  } catch {
    // The file was moved or deleted after it was chosen.
    throw refusal("unreadable-image", 422);
  }
}

async function scaled(file: Blob, type: string): Promise<Blob> {
  const url = URL.createObjectURL(file);
  try {
    const picture = await decoded(url, type);
    for (const side of SIDES) {
      const blob = await drawn(picture, side, type === "image/jpeg");
      if (blob.size <= MOST_BYTES) return blob;
    }
  } finally {
    URL.revokeObjectURL(url);
  }
  throw refusal("too-large", 413, t.pictures.tooLarge);
}

/** The picture, turned as its camera means it. */
async function decoded(url: string, type: string): Promise<HTMLImageElement> {
  const picture = new Image();
  picture.src = url;
  try {
    await picture.decode();
    return picture;
  } catch {
    throw type.startsWith("image/")
      ? refusal("unreadable-image", 422)
      : refusal("unsupported-image", 415);
  }
}

async function drawn(picture: HTMLImageElement, side: number, opaque: boolean): Promise<Blob> {
  const { naturalWidth, naturalHeight } = picture;
  const scale = Math.min(1, side / Math.max(naturalWidth, naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(naturalHeight * scale));
  const context = canvas.getContext("2d");
  if (!context) throw refusal("unreadable-image", 422);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const type = opaque || isOpaque(context, canvas) ? "image/jpeg" : "image/png";
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, type, QUALITY));
  if (!blob) throw refusal("unreadable-image", 422);
  return blob;
}

/** Nothing shows through, so that a JPEG, which is a fraction as large, shows the same. */
function isOpaque(context: CanvasRenderingContext2D, { width, height }: HTMLCanvasElement) {
  const { data } = context.getImageData(0, 0, width, height);
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false;
  return true;
}

const refusal = (code: string, status: number, detail?: string) =>
  new Problem({ status, code, detail });
