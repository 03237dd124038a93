import { useEffect, useRef } from "react";
import { useMatch, useNavigate } from "react-router";
import { paths } from "@/lib/paths";
import { dismissMessages } from "@/lib/toasts";
import { countInTitle } from "@/lib/unread-title";
import { useChat } from "./chat-provider";
import { useUnreadTotal } from "./use-sidebar";

/** Lets people notice a message wherever they are: in the tab's title, on the app's icon, and by a toast as it arrives. */
export function ChatNotices() {
  useCountInTitle(useUnreadTotal());
  useArrivalNotices();
  return null;
}

function useArrivalNotices(): void {
  const { arrivals } = useChat();
  const navigate = useNavigate();
  const open = useMatch(`${paths.chat}/:who`)?.params.who;
  useEffect(
    () =>
      arrivals.subscribe((arrival) => {
        // Fetched as the first comes. Without it there is the count, as there is anyway.
        import("./notify").then(
          ({ notify }) => notify(arrival, open, (path) => void navigate(path)),
          () => undefined,
        );
      }),
    [arrivals, navigate, open],
  );
  useEffect(() => {
    if (open) dismissMessages((from) => open === from.username || open === from.id);
  }, [open]);
  useEffect(() => () => dismissMessages(() => true), []);
}

function useCountInTitle(unread: number): void {
  const counted = useRef<ReturnType<typeof countInTitle>>(null);
  useEffect(() => {
    const started = countInTitle();
    counted.current = started;
    return () => started.stop();
  }, []);
  useEffect(() => counted.current?.show(unread), [unread]);
}
