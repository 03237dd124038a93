import { Camera, Check, MessageCircle, UserPlus, X } from "lucide-react";
import { useState } from "react";
import { Link, type To } from "react-router";
import { Card } from "@/components/ui/card";
import type { Sidebar } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";
import { browserStore } from "@/lib/storage";

/** Set once somebody has seen enough of it. */
const keyOf = (account: string): string => `echo:first-steps:${account}`;

interface Step {
  label: string;
  hint: string;
  Icon: typeof Camera;
  to: To;
  state?: object;
  done: boolean;
}

/** What a newcomer does first: be recognised, find people, say hello. It is gone with the last of the three. */
export default function FirstSteps({ chats }: { chats: Sidebar }) {
  const me = useMe();
  const [dismissed, setDismissed] = useState(() => browserStore.get(keyOf(me.id)) !== null);
  const friend = chats.friends[0]?.peer ?? chats.recent[0]?.peer;
  const steps: Step[] = [
    {
      label: t.firstSteps.picture,
      hint: t.firstSteps.pictureHint,
      Icon: Camera,
      to: paths.user(me.username),
      state: { edit: true },
      done: me.avatar !== null,
    },
    {
      label: t.firstSteps.people,
      hint: t.firstSteps.peopleHint,
      Icon: UserPlus,
      to: paths.explore,
      done: friend !== undefined,
    },
    {
      label: t.firstSteps.hello,
      hint: t.firstSteps.helloHint,
      Icon: MessageCircle,
      to: friend ? paths.conversation(friend) : paths.chat,
      done: chats.recent.length > 0,
    },
  ];
  if (dismissed) return null;
  const dismiss = () => {
    browserStore.set(keyOf(me.id), "done");
    setDismissed(true);
  };
  return (
    <Card className="relative px-4 pt-4 pb-3 sm:px-5">
      <h2 className="pe-10 text-lg font-bold">{t.firstSteps.title}</h2>
      <button
        type="button"
        aria-label={t.firstSteps.dismiss}
        onClick={dismiss}
        className="absolute end-2 top-2 grid size-11 place-items-center rounded-full text-ink-faint hover:bg-sunken hover:text-ink"
      >
        <X aria-hidden="true" className="size-5" />
      </button>
      <ol className="-mx-2 mt-1">
        {steps.map(({ label, hint, Icon, to, state, done }) => (
          <li key={label}>
            <Link
              to={to}
              state={state}
              className="flex min-h-16 items-center gap-3 rounded-xl px-2 hover:bg-sunken"
            >
              <span
                className={cn(
                  "grid size-11 shrink-0 place-items-center rounded-full",
                  done ? "bg-brand text-on-brand" : "bg-brand-soft text-on-brand-soft",
                )}
              >
                {done ? (
                  <Check aria-hidden="true" className="size-5" />
                ) : (
                  <Icon aria-hidden="true" className="size-5" />
                )}
              </span>
              <span className="min-w-0 leading-snug">
                <span className={cn("block font-semibold", done && "text-ink-faint line-through")}>
                  {label}
                  {done && <span className="sr-only">, {t.firstSteps.done}</span>}
                </span>
                <span className="block text-sm text-pretty text-ink-faint">{hint}</span>
              </span>
            </Link>
          </li>
        ))}
      </ol>
    </Card>
  );
}
