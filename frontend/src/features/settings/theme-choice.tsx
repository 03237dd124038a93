import { Monitor, Moon, Sun } from "lucide-react";
import { RadioGroup } from "radix-ui";
import { t } from "@/lib/messages";
import { type ThemeChoice as Choice, useTheme } from "@/lib/theme";

const CHOICES = [
  { value: "system", label: t.settings.system, Icon: Monitor },
  { value: "light", label: t.settings.light, Icon: Sun },
  { value: "dark", label: t.settings.dark, Icon: Moon },
] as const;

export function ThemeChoice({ labelledBy }: { labelledBy: string }) {
  const [theme, setTheme] = useTheme();
  return (
    <RadioGroup.Root
      value={theme}
      onValueChange={(value) => setTheme(value as Choice)}
      aria-labelledby={labelledBy}
      className="grid grid-cols-3 gap-3"
    >
      {CHOICES.map(({ value, label, Icon }) => (
        <RadioGroup.Item
          key={value}
          value={value}
          className="flex min-h-24 flex-col items-center justify-center gap-2 rounded-2xl border border-line bg-surface px-2 text-sm font-semibold text-ink-soft transition-colors hover:bg-sunken data-[state=checked]:border-brand data-[state=checked]:bg-brand-soft data-[state=checked]:text-on-brand-soft"
        >
          <Icon aria-hidden="true" className="size-6" />
          {label}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
