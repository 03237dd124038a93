import { CircleAlert, CircleCheck, X } from "lucide-react";
import { Toast } from "radix-ui";
import { Avatar } from "@/components/avatar";
import { t } from "@/lib/messages";
import { nameOf } from "@/lib/names";
import { dismissToast, type ToastItem, useToasts } from "@/lib/toasts";
import { Button } from "./button";

/** How long each is there, unless somebody points at it or the window is left. */
const SHOWN_MS = { done: 4_000, error: 8_000, message: 6_000 } as const;

function durationOf({ kind, action }: ToastItem): number {
  if (action?.lasting) return Number.POSITIVE_INFINITY;
  return action ? Math.max(8_000, SHOWN_MS[kind]) : SHOWN_MS[kind];
}

/** Where toasts appear: above the tab bar on a phone, in the corner at a desk. */
export default function Toaster() {
  const toasts = useToasts();
  return (
    <Toast.Provider swipeDirection="right" label={t.app.name}>
      {toasts.map((toast) => (
        <Toast.Root
          key={toast.id}
          type={toast.kind === "error" ? "foreground" : "background"}
          duration={durationOf(toast)}
          onOpenChange={(open) => {
            if (!open) dismissToast(toast.id);
          }}
          className="pointer-events-auto flex animate-rise items-center gap-3 rounded-2xl border border-line bg-raised py-1.5 ps-4 pe-1.5 text-ink shadow-card"
        >
          {toast.from ? <MessageNotice toast={toast} /> : <Notice toast={toast} />}
          <Toast.Close
            aria-label={t.actions.close}
            className="grid size-11 shrink-0 place-items-center rounded-full text-ink-faint hover:bg-hover hover:text-ink"
          >
            <X aria-hidden="true" className="size-4" />
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport
        label={`${t.app.announcements} ({hotkey})`}
        className="pointer-events-none fixed inset-x-3 bottom-[calc(4.75rem+env(safe-area-inset-bottom))] z-50 flex flex-col gap-2 md:inset-x-auto md:end-6 md:bottom-6 md:w-96"
      />
    </Toast.Provider>
  );
}

function Notice({ toast: { kind, text, action } }: { toast: ToastItem }) {
  return (
    <>
      {kind === "error" ? (
        <CircleAlert aria-hidden="true" className="size-5 shrink-0 text-danger" />
      ) : (
        <CircleCheck aria-hidden="true" className="size-5 shrink-0 text-brand" />
      )}
      <Toast.Description className="flex-1 py-2 text-[0.9375rem] leading-snug">
        {text}
      </Toast.Description>
      {action && (
        <Toast.Action asChild altText={action.label}>
          <Button variant="ghost" size="sm" onClick={action.run}>
            {action.label}
          </Button>
        </Toast.Action>
      )}
    </>
  );
}

/** All of it leads to the chat, and is read out as one sentence. */
function MessageNotice({ toast: { from, text, action } }: { toast: ToastItem }) {
  if (!from || !action) return null;
  return (
    <Toast.Action asChild altText={action.label}>
      <button
        type="button"
        onClick={action.run}
        className="-ms-2 flex min-h-11 min-w-0 flex-1 items-center gap-3 rounded-xl px-1 text-start leading-snug"
      >
        <Avatar person={from} size="sm" />
        <span className="min-w-0 flex-1">
          <bdi className="block truncate text-[0.9375rem] font-semibold">{nameOf(from)}</bdi>
          <bdi className="block truncate text-sm text-ink-soft">{text}</bdi>
        </span>
      </button>
    </Toast.Action>
  );
}
