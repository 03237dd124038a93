import { UserRoundCheck } from "lucide-react";
import { Suspense, useState } from "react";
import { EmptyState } from "@/components/empty-state";
import { Card } from "@/components/ui/card";
import { CountBadge } from "@/components/ui/count-badge";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { PresenceDot } from "@/features/chat/presence-dot";
import { IncomingRequestActions, OutgoingRequestActions } from "@/features/people/friend-actions";
import { FriendsTab } from "@/features/people/friends-tab";
import { PeopleList, PeopleSkeleton } from "@/features/people/people-list";
import { useFriendRequests, useWaitingRequests } from "@/features/people/use-friend-requests";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { Page, PageHeading } from "./page";
import { PhoneSearch } from "./phone-search";

// The tabs that one comes to later.
const Suggestions = lazyPart(() => import("@/features/people/suggestions"));

export function Component() {
  const incoming = useFriendRequests("incoming");
  const waiting = useWaitingRequests();
  // Whoever is known to wait for an answer comes first; later the page doesn't change by itself.
  const [tab, setTab] = useState(waiting > 0 ? "requests" : "friends");

  return (
    <Page title={t.friends.title} heading={<PageHeading title={t.friends.title} />}>
      <PhoneSearch />
      <Tabs value={tab} onValueChange={setTab} className="space-y-3 sm:space-y-4">
        <TabsList aria-label={t.friends.title} className="max-sm:mx-4 max-sm:mt-2">
          <TabsTrigger value="friends">{t.friends.all}</TabsTrigger>
          <TabsTrigger value="requests">
            {t.friends.incoming}
            <CountBadge count={waiting} label={t.nav.requestsWaiting(waiting)} />
          </TabsTrigger>
          <TabsTrigger value="suggestions">{t.friends.suggestions}</TabsTrigger>
        </TabsList>
        <TabsContent value="friends" tabIndex={-1}>
          <Card className="px-4 py-1 sm:px-5">
            <FriendsTab mark={({ id }) => <PresenceDot user={id} />} />
          </Card>
        </TabsContent>
        <TabsContent value="requests" tabIndex={-1} className="space-y-3 sm:space-y-4">
          <Card className="px-4 py-1 sm:px-5">
            <PeopleList
              query={incoming}
              label={t.friends.requestsTitle}
              empty={
                <EmptyState
                  icon={<UserRoundCheck />}
                  title={t.friends.noIncoming}
                  hint={t.friends.noIncomingHint}
                />
              }
              actions={(person) => <IncomingRequestActions person={person} />}
            />
          </Card>
          <SentRequests />
        </TabsContent>
        <TabsContent value="suggestions" tabIndex={-1}>
          <Card className="px-4 py-1 sm:px-5">
            <Suspense fallback={<PeopleSkeleton />}>
              <Suggestions />
            </Suspense>
          </Card>
        </TabsContent>
      </Tabs>
    </Page>
  );
}

/** Only where there are some: nobody looks for what they haven't done. */
function SentRequests() {
  const outgoing = useFriendRequests("outgoing");
  const any = outgoing.data?.pages.some((page) => page.items.length > 0) ?? false;
  if (!any) return null;
  return (
    <Card className="px-4 pt-4 pb-1 sm:px-5">
      <h2 className="font-bold">{t.friends.sentTitle}</h2>
      <PeopleList
        query={outgoing}
        label={t.friends.sentTitle}
        empty={null}
        actions={(person) => <OutgoingRequestActions person={person} />}
      />
    </Card>
  );
}
