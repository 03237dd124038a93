import { CircleAlert, CircleCheck, X } from "lucide-react";
import { Toast } from "radix-ui";
import { t } from "@/lib/messages";
import { dismissToast, useToasts } from "@/lib/toasts";
import { Button } from "./button";

/** Where toasts appear: above the tab bar on a phone, in the corner at a desk. */
export default function Toaster() {
  const toasts = useToasts();
  return (
    <Toast.Provider duration={5_000} swipeDirection="right" label={t.app.name}>
      {toasts.map((toast) => (
        <Toast.Root
          key={toast.id}
          type={toast.kind === "error" ? "foreground" : "background"}
          duration={toast.kind === "error" || toast.action ? 8_000 : 4_000}
          onOpenChange={(open) => {
            if (!open) dismissToast(toast.id);
          }}
          className="pointer-events-auto flex animate-rise items-center gap-3 rounded-2xl border border-line bg-surface py-1.5 ps-4 pe-1.5 text-ink shadow-card"
        >
          {toast.kind === "error" ? (
            <CircleAlert aria-hidden="true" className="size-5 shrink-0 text-danger" />
          ) : (
            <CircleCheck aria-hidden="true" className="size-5 shrink-0 text-brand" />
          )}
          <Toast.Description className="flex-1 py-2 text-[0.9375rem] leading-snug">
            {toast.text}
          </Toast.Description>
          {toast.action && (
            <Toast.Action asChild altText={toast.action.label}>
              <Button variant="ghost" size="sm" onClick={toast.action.run}>
                {toast.action.label}
              </Button>
            </Toast.Action>
          )}
          <Toast.Close
            aria-label={t.actions.close}
            className="grid size-11 shrink-0 place-items-center rounded-full text-ink-faint hover:bg-sunken hover:text-ink"
          >
            <X aria-hidden="true" className="size-4" />
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport
        label={`${t.app.announcements} ({hotkey})`}
        className="pointer-events-none fixed inset-x-3 bottom-[calc(4.75rem+env(safe-area-inset-bottom))] z-50 flex flex-col gap-2 md:inset-x-auto md:right-6 md:bottom-6 md:w-96"
      />
    </Toast.Provider>
  );
}
