import { Popover } from "radix-ui";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import type { Person } from "@/lib/api/types";
import { keepOpenWhileComposing } from "@/lib/keys";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";
import { NotificationList } from "./notification-list";

interface NotificationPopoverProps {
  trigger: ReactNode;
  /** What can be answered to a friend request. */
  answers: (person: Person) => ReactNode;
}

/** The newest beside the bell, without leaving the page. Fetched when the bell is first pressed. */
export default function NotificationPopover({ trigger, answers }: NotificationPopoverProps) {
  const [open, setOpen] = useState(true);
  const close = () => setOpen(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>{trigger}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          side="right"
          align="start"
          sideOffset={10}
          collisionPadding={12}
          aria-label={t.notifications.title}
          onEscapeKeyDown={keepOpenWhileComposing}
          className="z-50 flex max-h-[min(36rem,85dvh)] w-[26rem] animate-rise flex-col rounded-card border border-line bg-raised text-ink shadow-card outline-none"
        >
          <div className="flex items-center justify-between border-b border-line px-5 py-3">
            <h2 className="text-lg font-bold">{t.notifications.title}</h2>
            <Link
              to={paths.notifications}
              onClick={close}
              className="rounded-md px-1 py-1 text-sm font-semibold text-brand hover:underline"
            >
              {t.friends.seeAll}
            </Link>
          </div>
          {/* Whoever follows one has left the popover. */}
          {/* biome-ignore lint/a11y/noStaticElementInteractions: it only hears what bubbles up from links */}
          {/* biome-ignore lint/a11y/useKeyWithClickEvents: a link clicks by keyboard too */}
          <div
            className="min-h-0 overflow-y-auto p-1.5"
            onClick={(event) => {
              if (event.target instanceof Element && event.target.closest("a")) close();
            }}
          >
            <NotificationList answers={answers} headings="h3" />
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
