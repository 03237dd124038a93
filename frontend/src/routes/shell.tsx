import { Suspense, useEffect, useRef } from "react";
import { Outlet, useLocation, useMatch } from "react-router";
import { FillScreen } from "@/components/fill-screen";
import { ChatProvider } from "@/features/chat/chat-provider";
import { ChatNotices } from "@/features/chat/notices";
import { useWatchedPresence } from "@/features/chat/use-sidebar";
import { useLiveNotifications } from "@/features/notifications/use-notifications";
import { useLiveCounts } from "@/features/posts/post-watch";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { paths } from "@/lib/paths";
import { SideNavigation, TabBar } from "./navigation";
import { ProgressLine } from "./progress-line";
import { StatusBanner } from "./status-banner";

const PostDelivery = lazyPart(() => import("@/features/posts/post-delivery"));

/** What surrounds every page of a signed-in person. */
export function Component() {
  return (
    <ChatProvider>
      <Frame />
    </ChatProvider>
  );
}

function Frame() {
  const main = useRef<HTMLElement>(null);
  const inChat = useMatch(`${paths.chat}/*`) !== null;
  const inConversation = useMatch(`${paths.chat}/:who`) !== null;
  useFocusOnNavigation(main);
  useWatchedPresence();
  useLiveNotifications();
  useLiveCounts();
  return (
    <div className="md:grid md:grid-cols-[4.75rem_minmax(0,1fr)] xl:grid-cols-[15.5rem_minmax(0,1fr)]">
      <a
        href="#content"
        className="sr-only rounded-full bg-brand px-5 py-3 font-semibold text-on-brand focus:not-sr-only focus:fixed focus:start-3 focus:top-3 focus:z-50"
      >
        {t.app.skipToContent}
      </a>
      <ChatNotices />
      <ProgressLine />
      <SideNavigation />
      {/* A chat fills the screen: what stands above it takes its place, not the composer's. */}
      <FillScreen active={inChat} className="min-w-0">
        <StatusBanner />
        <main
          ref={main}
          id="content"
          tabIndex={-1}
          className={cn(
            "min-w-0",
            !inConversation && "pb-[calc(4.25rem+env(safe-area-inset-bottom))] md:pb-0",
          )}
        >
          <Suspense>
            <Outlet />
          </Suspense>
        </main>
      </FillScreen>
      {!inConversation && <TabBar />}
      <Suspense>
        <PostDelivery />
      </Suspense>
    </div>
  );
}

/** After a change of page the focus is on its content, as it would be after a full load. */
function useFocusOnNavigation(main: React.RefObject<HTMLElement | null>): void {
  const { pathname } = useLocation();
  const last = useRef(pathname);
  useEffect(() => {
    if (last.current === pathname) return;
    last.current = pathname;
    // A page that focuses something of its own, as a form does, knows better.
    if (main.current?.contains(document.activeElement)) return;
    main.current?.focus({ preventScroll: true });
  }, [pathname, main]);
}
