import type { Message } from "./api/types";
import { t } from "./messages";

/** What a list of chats says of a message. */
export function previewOf({ deleted, text, media }: Message): string {
  if (deleted) return t.chat.deleted;
  return text || (media.length > 0 ? t.pictures.count(media.length) : "");
}
