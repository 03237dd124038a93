import { browserStore } from "../storage";

/** The languages there are, each by its own name, as somebody looks for it who reads no other. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;

export type Language = keyof typeof LANGUAGES;

const KEY = "echo:language";

/** What was chosen on this device, or null to go by the browser. */
export function languageSetting(): Language | null {
  const stored = browserStore.get(KEY);
  return isLanguage(stored) ? stored : null;
}

/** Takes effect with the next load: texts are settled once, at the start. */
export function saveLanguage(language: Language | null): void {
  if (language === null) browserStore.remove(KEY);
  else browserStore.set(KEY, language);
}

/** The setting, else the first of the browser's languages that we have, else English. */
export function chosenLanguage(
  wanted: readonly string[] = navigator.languages,
  setting: Language | null = languageSetting(),
): Language {
  return setting ?? wanted.map(base).find(isLanguage) ?? "en";
}

/** `en-GB` for a reader of English whose browser says so. */
export function regionalTag(
  language: Language,
  wanted: readonly string[] = navigator.languages,
): string {
  return wanted.find((tag) => base(tag) === language) ?? language;
}

const base = (tag: string): string => tag.toLowerCase().split("-")[0] ?? "";

function isLanguage(value: string | null): value is Language {
  return value !== null && Object.hasOwn(LANGUAGES, value);
}
