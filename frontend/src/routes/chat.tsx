import { MessagesSquare } from "lucide-react";
import { Outlet, useParams } from "react-router";
import { EmptyState } from "@/components/empty-state";
import { ChatSidebar } from "@/features/chat/chat-sidebar";
import { useSidebar } from "@/features/chat/use-sidebar";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { BellLink } from "./bell";

/** The chats beside the one that is open; on a phone one or the other. */
export function Component() {
  const { who } = useParams();
  const { data } = useSidebar();
  const nobody = data && data.recent.length + data.friends.length === 0;
  // An open chat's page is about the person, whose name is its heading.
  const Heading = who ? "h2" : "h1";
  return (
    <>
      <title>{`${t.chat.title} · ${t.app.name}`}</title>
      <div className="h-full min-h-0 md:grid md:grid-cols-[21rem_minmax(0,1fr)]">
        <section
          aria-label={t.chat.title}
          className={cn(
            "h-full min-h-0 flex-col bg-surface md:flex md:border-e md:border-line",
            who ? "hidden" : "flex",
          )}
        >
          <div className="flex items-center justify-between ps-5 pe-2 pt-2 pb-1 md:pt-6 md:pb-3">
            <Heading className="text-2xl font-bold">{t.chat.title}</Heading>
            <BellLink />
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto">
            <ChatSidebar />
          </div>
        </section>
        {who ? (
          <Outlet key={who} />
        ) : (
          <div className="grid place-items-center max-md:hidden">
            {/* Where there is none to pick, the list says what to do instead. */}
            {!nobody && (
              <EmptyState icon={<MessagesSquare />} title={t.chat.pick} hint={t.chat.pickHint} />
            )}
          </div>
        )}
      </div>
    </>
  );
}
