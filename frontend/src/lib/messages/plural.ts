const rules = new Map<string, Intl.PluralRules>();

/** Picks the form of a text for a number by the language's own rules. */
export function plural(
  language: string,
  count: number,
  forms: { one: string; other: string } & Partial<Record<Intl.LDMLPluralRule, string>>,
): string {
  let rule = rules.get(language);
  if (!rule) {
    rule = new Intl.PluralRules(language);
    rules.set(language, rule);
  }
  const form = forms[rule.select(count)] ?? forms.other;
  return form.replace("#", new Intl.NumberFormat(language).format(count));
}
