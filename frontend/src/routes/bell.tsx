import { Bell } from "lucide-react";
import { type ReactNode, Suspense, useState } from "react";
import { Link, useMatch } from "react-router";
import { Button } from "@/components/ui/button";
import { CountBadge } from "@/components/ui/count-badge";
import { useUnseenCount } from "@/features/notifications/use-notifications";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { paths } from "@/lib/paths";

const NotificationPopover = lazyPart(() => import("@/features/notifications/notification-popover"));
const IncomingRequestActions = lazyPart(() =>
  import("@/features/people/friend-actions").then((module) => ({
    default: module.IncomingRequestActions,
  })),
);

/** On a phone: to the page, with how many are new. */
export function BellLink() {
  const count = useUnseenCount();
  return (
    <Button asChild variant="ghost" size="icon" className="relative md:hidden">
      <Link to={paths.notifications}>
        <Bell aria-hidden="true" />
        <span className="sr-only">{t.notifications.title}</span>
        <CountBadge
          count={count}
          label={t.notifications.unseen(count)}
          className="absolute end-0.5 top-0.5 h-4.5 min-w-4.5 px-1 text-[0.6875rem] ring-2 ring-surface"
        />
      </Link>
    </Button>
  );
}

/** At a desk: a popover beside the navigation. */
export function BellButton({ className }: { className: string }) {
  const count = useUnseenCount();
  const [pressed, setPressed] = useState(false);
  const current = useMatch(paths.notifications) ? "page" : undefined;
  const content: ReactNode = (
    <>
      <Bell aria-hidden="true" className="size-6 shrink-0" strokeWidth={1.9} />
      <span className="flex-1 text-start max-xl:sr-only">{t.notifications.title}</span>
      <CountBadge
        count={count}
        label={t.notifications.unseen(count)}
        className="max-xl:absolute max-xl:end-0.5 max-xl:top-1"
      />
    </>
  );
  const button = (
    <button
      type="button"
      title={t.notifications.title}
      aria-haspopup="dialog"
      aria-current={current}
      onClick={() => setPressed(true)}
      className={className}
    >
      {content}
    </button>
  );
  if (!pressed) return button;
  return (
    <Suspense fallback={button}>
      <NotificationPopover
        answers={(person) => (
          <Suspense>
            <IncomingRequestActions person={person} />
          </Suspense>
        )}
        trigger={
          <button
            type="button"
            title={t.notifications.title}
            aria-current={current}
            className={className}
          >
            {content}
          </button>
        }
      />
    </Suspense>
  );
}
