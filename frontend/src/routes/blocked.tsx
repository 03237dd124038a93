import { Ban } from "lucide-react";
import { EmptyState } from "@/components/empty-state";
import { Card } from "@/components/ui/card";
import { BlockedActions } from "@/features/people/friend-actions";
import { PeopleList } from "@/features/people/people-list";
import { useBlocks } from "@/features/people/use-blocks";
import { t } from "@/lib/messages";
import { Page, PageHeading } from "./page";

export function Component() {
  const blocks = useBlocks();
  return (
    <Page
      title={t.friends.blocked}
      heading={<PageHeading title={t.friends.blocked} bell={false} back="always" />}
    >
      <Card className="px-4 py-1 sm:px-5">
        <PeopleList
          query={blocks}
          label={t.friends.blocked}
          empty={
            <EmptyState icon={<Ban />} title={t.friends.noBlocked} hint={t.friends.noBlockedHint} />
          }
          actions={(person) => <BlockedActions person={person} />}
        />
      </Card>
    </Page>
  );
}
