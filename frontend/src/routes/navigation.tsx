import {
  Compass,
  House,
  type LucideIcon,
  MessageCircle,
  Settings,
  UserRound,
  Users,
} from "lucide-react";
import { Link, NavLink, useNavigation } from "react-router";
import { Avatar } from "@/components/avatar";
import { LogoMark } from "@/components/logo";
import { CountBadge } from "@/components/ui/count-badge";
import { useUnreadTotal } from "@/features/chat/use-sidebar";
import { useWaitingRequests } from "@/features/people/use-friend-requests";
import { useMe } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";
import { BellButton } from "./bell";
import { NewPostLink } from "./new-post-link";

interface Destination {
  to: string;
  label: string;
  Icon: LucideIcon;
  count?: number;
  countLabel?: string;
  calm?: boolean;
}

function useDestinations(): Destination[] {
  const unread = useUnreadTotal();
  const requests = useWaitingRequests();
  return [
    { to: paths.home, label: t.nav.home, Icon: House },
    { to: paths.explore, label: t.nav.explore, Icon: Compass },
    {
      to: paths.friends,
      label: t.nav.friends,
      Icon: Users,
      count: requests,
      countLabel: t.nav.requestsWaiting(requests),
    },
    {
      to: paths.chat,
      label: t.nav.chat,
      Icon: MessageCircle,
      count: unread,
      countLabel: t.nav.unread(unread),
      calm: true,
    },
  ];
}

/** At the side where there is room for it: icons on a tablet, words at a desk. It scrolls where it is too high. */
export function SideNavigation() {
  const me = useMe();
  const destinations = useDestinations();
  return (
    <header className="sticky top-0 hidden h-dvh flex-col gap-5 overflow-x-clip overflow-y-auto border-e border-line bg-surface px-3 py-5 [scrollbar-width:thin] md:flex xl:px-4 short:gap-1 short:py-2">
      <Link
        to={paths.home}
        className="flex items-center gap-3 rounded-xl px-1.5 max-xl:justify-center short:hidden"
      >
        <LogoMark className="size-10" />
        <span className="font-display text-2xl font-bold tracking-[-0.03em] max-xl:sr-only">
          {t.app.name}
        </span>
      </Link>
      <nav aria-label={t.nav.main} className="flex-1">
        <ul className="space-y-1 short:space-y-0">
          {destinations.map((destination) => (
            <li key={destination.to}>
              <SideLink {...destination} />
            </li>
          ))}
          <li>
            <BellButton className={sideClasses} />
          </li>
        </ul>
      </nav>
      <NewPostLink className="min-h-12 max-xl:px-0" compact="max-xl:sr-only" />
      <div className="space-y-2 short:space-y-0">
        <SideLink to={paths.settings} label={t.nav.settings} Icon={Settings} />
        <NavLink
          to={paths.user(me.username)}
          title={t.nav.profile}
          className="flex min-h-14 items-center gap-3 rounded-2xl px-3 hover:bg-sunken aria-[current=page]:bg-brand-soft max-xl:justify-center max-xl:px-0 xl:bg-canvas short:min-h-11"
        >
          <Avatar person={me} size="sm" />
          <span className="min-w-0 text-sm leading-tight max-xl:sr-only">
            <bdi className="block truncate font-semibold">{me.display_name}</bdi>
            <span className="block truncate text-ink-faint">@{me.username}</span>
          </span>
        </NavLink>
      </div>
    </header>
  );
}

/** `pending` is the router's mark of where one is going to: lit at once, and what one leaves isn't any more. */
const sideClasses =
  "relative flex min-h-12 w-full items-center gap-4 rounded-2xl px-3.5 text-[1.0625rem] font-medium text-ink-soft transition-colors hover:bg-sunken hover:text-ink aria-[current=page]:bg-brand-soft aria-[current=page]:font-semibold aria-[current=page]:text-on-brand-soft [&.pending]:bg-brand-soft [&.pending]:text-on-brand-soft max-xl:justify-center short:min-h-11";

function SideLink({ to, label, Icon, count = 0, countLabel = "", calm }: Destination) {
  return (
    <NavLink to={to} end={to === paths.home} title={label} className={sideClasses}>
      <Icon aria-hidden="true" className="size-6 shrink-0" strokeWidth={1.9} />
      <span className="flex-1 max-xl:sr-only">{label}</span>
      <CountBadge
        count={count}
        label={countLabel}
        calm={calm}
        className="max-xl:absolute max-xl:end-0.5 max-xl:top-1"
      />
    </NavLink>
  );
}

/** At the thumb on a phone. */
export function TabBar() {
  const me = useMe();
  const leaving = useNavigation().state === "loading";
  const tabs: Destination[] = [
    ...useDestinations(),
    { to: paths.user(me.username), label: t.nav.profile, Icon: UserRound },
  ];
  return (
    <nav
      aria-label={t.nav.main}
      className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface/95 pb-[env(safe-area-inset-bottom)] backdrop-blur-md md:hidden"
    >
      <ul className="grid grid-cols-5" data-leaving={leaving || undefined}>
        {tabs.map(({ to, label, Icon, count = 0, countLabel = "", calm }) => (
          <li key={to} className="min-w-0">
            <NavLink
              to={to}
              end={to === paths.home}
              className="group flex min-h-15 flex-col items-center justify-center gap-0.5 text-[min(0.6875rem,3.5vw)] font-semibold text-ink-faint focus-visible:-outline-offset-2 aria-[current=page]:text-on-brand-soft [&.pending]:text-on-brand-soft"
            >
              <span className="relative rounded-full px-4 py-1 transition-colors group-aria-[current=page]:bg-brand-soft in-data-leaving:group-aria-[current=page]:bg-transparent group-[.pending]:bg-brand-soft!">
                <Icon aria-hidden="true" className="size-5.5" strokeWidth={1.9} />
                <CountBadge
                  count={count}
                  label={countLabel}
                  calm={calm}
                  className="absolute -top-1 end-0 h-4.5 min-w-4.5 px-1 text-[0.6875rem] ring-2 ring-surface"
                />
              </span>
              <span className="max-w-full truncate px-0.5">{label}</span>
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
