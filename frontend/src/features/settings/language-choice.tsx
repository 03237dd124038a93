import { ChevronDown } from "lucide-react";
import { controlClasses } from "@/components/ui/input";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { LANGUAGES, type Language, languageSetting, saveLanguage } from "@/lib/messages/language";

/** The browser's own list: it can be used on every device, and reads out well. */
export function LanguageChoice({ labelledBy }: { labelledBy: string }) {
  const choose = (value: string) => {
    saveLanguage(value === "" ? null : (value as Language));
    // Texts are settled at the start, so this is a start.
    window.location.reload();
  };
  return (
    <div className="relative">
      <select
        value={languageSetting() ?? ""}
        onChange={(event) => choose(event.target.value)}
        aria-labelledby={labelledBy}
        className={cn(controlClasses, "h-12 appearance-none ps-4 pe-11")}
      >
        <option value="">{t.settings.languageOfBrowser}</option>
        {Object.entries(LANGUAGES).map(([value, name]) => (
          <option key={value} value={value} lang={value}>
            {name}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden="true"
        className="pointer-events-none absolute end-4 top-1/2 size-5 -translate-y-1/2 text-ink-faint"
      />
    </div>
  );
}
