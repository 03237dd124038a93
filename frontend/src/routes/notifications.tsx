import { Card } from "@/components/ui/card";
import { NotificationList } from "@/features/notifications/notification-list";
import { IncomingRequestActions } from "@/features/people/friend-actions";
import { t } from "@/lib/messages";
import { Page, PageHeading } from "./page";

export function Component() {
  return (
    <Page
      title={t.notifications.title}
      heading={<PageHeading title={t.notifications.title} bell={false} back="phone" />}
    >
      <Card className="p-1.5">
        <NotificationList
          answers={(person) => <IncomingRequestActions person={person} />}
          headings="h2"
        />
      </Card>
    </Page>
  );
}
