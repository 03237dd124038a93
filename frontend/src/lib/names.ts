import { t } from "./messages";

/** What to call somebody in a chat, which outlives its people's accounts. */
export function nameOf(person: { display_name?: string | null }): string {
  return person.display_name ?? t.chat.gone;
}
