import { en, type Messages } from "./en";
import { chosenLanguage, regionalTag } from "./language";
import { plural } from "./plural";

export type { Messages };

const language = chosenLanguage();

/**
 * The texts in the reader's language. It is settled here, before any other module runs, so that
 * all of them can read a text without waiting; English comes along, another language is fetched.
 *
 * A language's module may import nothing at run time: it is awaited here, and would wait for us.
 */
export const t: Messages =
  language === "de"
    ? (await import("./de")).german((n, one, other) => plural("de", n, { one, other }))
    : en;

/** How dates and numbers are written: the reader's own region, where it speaks the language. */
export const locale: string = regionalTag(language);
