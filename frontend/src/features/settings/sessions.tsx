import { Monitor, Smartphone } from "lucide-react";
import { Ago } from "@/components/ago";
import { LoadError } from "@/components/load-error";
import { Loading } from "@/components/loading";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import type { DeviceSession } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { useRevokeSession, useSessions } from "./use-sessions";

/** The devices that one is logged in on, each to be logged out from here. */
export function Sessions() {
  const query = useSessions();
  if (query.isPending) {
    return (
      <Loading query={query}>
        <Skeleton className="h-32 rounded-2xl" />
      </Loading>
    );
  }
  if (!query.data) return <LoadError error={query.error} retry={query.refetch} />;
  return (
    <>
      <ul className="-my-2 divide-y divide-line">
        {query.data.pages
          .flatMap((page) => page.items)
          .map((session) => (
            <li key={session.id}>
              <SessionLine session={session} />
            </li>
          ))}
      </ul>
      {query.hasNextPage && (
        <Button
          variant="ghost"
          className="mt-2 w-full"
          pending={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t.actions.loadMore}
        </Button>
      )}
    </>
  );
}

function SessionLine({ session }: { session: DeviceSession }) {
  const revoke = useRevokeSession();
  const { id, device, current, address_prefix: address } = session;
  const Icon = /android|iphone|ipad|mobile/i.test(session.user_agent ?? device)
    ? Smartphone
    : Monitor;
  return (
    <div className="flex min-h-16 items-center gap-3 py-2">
      <span className="grid size-11 shrink-0 place-items-center rounded-full bg-sunken text-ink-soft">
        <Icon aria-hidden="true" className="size-5" />
      </span>
      <div className="min-w-0 flex-1 leading-snug">
        <p className="truncate font-semibold">{device}</p>
        <p className="text-sm text-ink-faint">
          {current ? (
            <span className="font-semibold text-on-brand-soft">{t.settings.thisDevice}</span>
          ) : (
            <>
              {t.settings.lastUsed} <Ago at={session.last_used_at} />
            </>
          )}
          {address && ` · ${address}`}
        </p>
      </div>
      {!current && (
        <Button
          variant="outline"
          size="sm"
          onClick={() => revoke.mutate(id)}
          aria-label={t.settings.revokeOf(device)}
        >
          {t.settings.revoke}
        </Button>
      )}
    </div>
  );
}
