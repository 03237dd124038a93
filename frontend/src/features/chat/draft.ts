import type { MessageMedia } from "@/lib/api/types";
import type { Upload } from "@/lib/uploads";

// A message that is being written: what it may hold, and under which names it is kept.

export const MAX_CHARACTERS = 4_000;
/** As many as a message takes. */
export const MOST_PICTURES = 10;

/** The draft of the message to somebody. */
export const draftScope = (peer: string): string => `message:${peer}`;

/** The pictures of that draft. */
export const uploadGroup = (account: string, peer: string): string => `${account}:message:${peer}`;

export function toMedia({ media }: Upload): MessageMedia[] {
  if (!media) return [];
  const { id, url, medium_url, thumbnail_url, width, height, blurhash, alt } = media;
  return [{ media_id: id, url, medium_url, thumbnail_url, width, height, blurhash, alt }];
}
