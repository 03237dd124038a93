import { t } from "@/lib/messages";
import { loadUntilThere } from "@/lib/modules";
import { http } from "./client";
import type { UploadedMedia } from "./types";

/** The formats that the server takes, for a file picker. */
export const PICTURE_TYPES = ["image/jpeg", "image/png", "image/webp", "image/gif"];
/** More than any camera writes; a browser would run out of memory over it. */
const MOST_READ_BYTES = 200 * 1024 * 1024;
/** Ten megabytes on a slow phone. */
const TIMEOUT_MS = 5 * 60_000;

/**
 * Why a file can't be a picture at all, in words; null if it may be one. A name or type says little (a file without
 * an extension has none), so `uploadPicture` looks at the content; what is too large is made smaller there.
 */
export function refusalOf(file: File): string | null {
  if (!/^(|image\/.*|application\/octet-stream)$/.test(file.type)) return t.pictures.wrongType;
  if (file.size > MOST_READ_BYTES) return t.pictures.tooLarge;
  return null;
}

interface Upload {
  /** The same for each try, so that a lost answer uploads nothing twice. */
  key: string;
  /** What it shows, for those who can't see it. */
  alt?: string;
  signal?: AbortSignal;
  /** From 0 to 1. */
  onProgress?: (part: number) => void;
}

/** Uploads a picture, made smaller first where it is too large for the server; throws a `Problem`. */
export async function uploadPicture(
  file: Blob,
  { key, alt, signal, onProgress }: Upload,
): Promise<UploadedMedia> {
  const { preparePicture } = await loadUntilThere(
    () => import("@/lib/pictures"),
    () => undefined,
  );
  const picture = await preparePicture(file);
  signal?.throwIfAborted();
  const { data } = await http.post<UploadedMedia>("/v1/media", picture, {
    params: { alt },
    headers: { "Content-Type": picture.type, "Idempotency-Key": key },
    timeout: TIMEOUT_MS,
    signal,
    onUploadProgress: ({ progress }) => onProgress?.(progress ?? 0),
  });
  return data;
}
