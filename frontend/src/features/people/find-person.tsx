import { AtSign } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";

/** Straight to somebody whose username one knows. */
export function FindPerson() {
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const username = text.trim().replace(/^@/, "").toLowerCase();

  const go = (event: FormEvent) => {
    event.preventDefault();
    if (username) void navigate(paths.user(username));
  };

  return (
    <search>
      <form onSubmit={go} className="flex gap-2">
        <div className="relative min-w-0 flex-1">
          <AtSign
            aria-hidden="true"
            className="pointer-events-none absolute top-1/2 left-3.5 size-5 -translate-y-1/2 text-ink-faint"
          />
          <Input
            value={text}
            onChange={(event) => setText(event.target.value)}
            aria-label={t.friends.findLabel}
            placeholder={t.friends.findHint}
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            className="rounded-full pl-11"
          />
        </div>
        <Button type="submit" variant="soft" className="min-h-12" disabled={!username}>
          {t.friends.findAction}
        </Button>
      </form>
    </search>
  );
}
