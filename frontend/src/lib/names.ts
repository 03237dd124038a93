import { t } from "./messages";

/**
 * The username that was typed, perhaps as pages show it. No letters but those of ASCII have a small one: `K` may be the
 * Kelvin sign, which is no `k`.
 */
export function typedUsername(text: string): string {
  const name = text.trim().replace(/^@/, "");
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** What to call somebody in a chat, which outlives its people's accounts. */
export function nameOf(person: { display_name?: string | null }): string {
  return person.display_name ?? t.chat.gone;
}
