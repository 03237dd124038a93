import { t } from "@/lib/messages";
import { http } from "./client";
import type { UploadedMedia } from "./types";

/** The formats that the server takes; it looks at the content, we at what the browser says of it. */
export const PICTURE_TYPES = ["image/jpeg", "image/png", "image/webp", "image/gif"];
const MOST_BYTES = 10 * 1024 * 1024;
/** Ten megabytes on a slow phone. */
const TIMEOUT_MS = 5 * 60_000;

/** Why a file can't be sent at all, in words; null if it can. */
export function refusalOf(file: File): string | null {
  if (!PICTURE_TYPES.includes(file.type)) return t.pictures.wrongType;
  if (file.size > MOST_BYTES) return t.pictures.tooLarge;
  return null;
}

interface Upload {
  /** The same for each try, so that a lost answer uploads nothing twice. */
  key: string;
  signal?: AbortSignal;
  /** From 0 to 1. */
  onProgress?: (part: number) => void;
}

/** Uploads a picture; throws a `Problem`. */
export async function uploadPicture(
  file: Blob,
  { key, signal, onProgress }: Upload,
): Promise<UploadedMedia> {
  const { data } = await http.post<UploadedMedia>("/v1/media", file, {
    headers: { "Content-Type": file.type, "Idempotency-Key": key },
    timeout: TIMEOUT_MS,
    signal,
    onUploadProgress: ({ progress }) => onProgress?.(progress ?? 0),
  });
  return data;
}
