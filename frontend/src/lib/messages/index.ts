import { en, type Messages } from "./en";

export type { Messages };

/**
 * The texts in the reader's language. One language so far; a second one is chosen here, at start,
 * so that every module can read a text without waiting.
 */
export const t: Messages = en;
