import { Send, UserRoundCheck, Users } from "lucide-react";
import { useState } from "react";
import { EmptyState } from "@/components/empty-state";
import { Card } from "@/components/ui/card";
import { CountBadge } from "@/components/ui/count-badge";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { FindPerson } from "@/features/people/find-person";
import {
  FriendActions,
  IncomingRequestActions,
  OutgoingRequestActions,
} from "@/features/people/friend-actions";
import { PeopleList } from "@/features/people/people-list";
import { useFriendRequests } from "@/features/people/use-friend-requests";
import { useFriends } from "@/features/people/use-friends";
import { t } from "@/lib/messages";
import { Page, PageHeading } from "./page";

export function Component() {
  const friends = useFriends();
  const incoming = useFriendRequests("incoming");
  const outgoing = useFriendRequests("outgoing");
  const waiting = incoming.data?.pages.reduce((sum, page) => sum + page.items.length, 0) ?? 0;
  // Whoever is known to wait for an answer comes first; later the page doesn't change by itself.
  const [tab, setTab] = useState(waiting > 0 ? "incoming" : "all");

  return (
    <Page title={t.friends.title} heading={<PageHeading title={t.friends.title} />}>
      <div className="px-4 pt-2 sm:px-0 sm:pt-0 lg:hidden">
        <FindPerson />
      </div>
      <Tabs value={tab} onValueChange={setTab} className="space-y-3 sm:space-y-4">
        <TabsList aria-label={t.friends.title} className="max-sm:mx-4 max-sm:mt-2">
          <TabsTrigger value="all">{t.friends.all}</TabsTrigger>
          <TabsTrigger value="incoming">
            {t.friends.incoming}
            <CountBadge count={waiting} label={t.nav.requestsWaiting(waiting)} />
          </TabsTrigger>
          <TabsTrigger value="outgoing">{t.friends.outgoing}</TabsTrigger>
        </TabsList>
        <TabsContent value="all" tabIndex={-1}>
          <Card className="px-4 py-1 sm:px-5">
            <PeopleList
              query={friends}
              label={t.friends.all}
              empty={
                <EmptyState icon={<Users />} title={t.friends.empty} hint={t.friends.emptyHint} />
              }
              actions={(person) => <FriendActions person={person} />}
            />
          </Card>
        </TabsContent>
        <TabsContent value="incoming" tabIndex={-1}>
          <Card className="px-4 py-1 sm:px-5">
            <PeopleList
              query={incoming}
              label={t.friends.incoming}
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
        </TabsContent>
        <TabsContent value="outgoing" tabIndex={-1}>
          <Card className="px-4 py-1 sm:px-5">
            <PeopleList
              query={outgoing}
              label={t.friends.outgoing}
              empty={
                <EmptyState
                  icon={<Send />}
                  title={t.friends.noOutgoing}
                  hint={t.friends.noOutgoingHint}
                />
              }
              actions={(person) => <OutgoingRequestActions person={person} />}
            />
          </Card>
        </TabsContent>
      </Tabs>
    </Page>
  );
}
