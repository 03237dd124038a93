import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";
import { keepOpenWhileComposing } from "@/lib/keys";
import { t } from "@/lib/messages";

export const Dialog = Radix.Root;
export const DialogTrigger = Radix.Trigger;
export const DialogClose = Radix.Close;

interface DialogContentProps {
  title: string;
  description?: string;
  children: ReactNode;
  className?: string;
}

/** A sheet from below on a phone, a card in the middle at a desk. */
export function DialogContent({ title, description, children, className }: DialogContentProps) {
  return (
    <Radix.Portal>
      <Radix.Overlay className="fixed inset-0 z-40 animate-fade bg-[oklch(0.16_0.03_220/0.5)]" />
      <Radix.Content
        // Radix warns of a missing description unless it is told that there is none.
        {...(description ? {} : { "aria-describedby": undefined })}
        onEscapeKeyDown={keepOpenWhileComposing}
        className={cn(
          "fixed inset-x-0 bottom-0 z-50 max-h-[92dvh] animate-rise overflow-y-auto rounded-t-card border-line bg-surface px-5 pt-5 pb-[calc(1.25rem+env(safe-area-inset-bottom))] text-ink shadow-card outline-none max-sm:border-t sm:inset-x-auto sm:top-1/2 sm:bottom-auto sm:left-1/2 sm:w-[min(30rem,calc(100vw-3rem))] sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-card sm:border sm:p-6",
          className,
        )}
      >
        <div className="flex items-start justify-between gap-3">
          <Radix.Title className="font-display text-xl font-bold">{title}</Radix.Title>
          <Radix.Close
            aria-label={t.actions.close}
            className="-mt-2 -mr-2 grid size-11 shrink-0 place-items-center rounded-full text-ink-faint hover:bg-sunken hover:text-ink"
          >
            <X aria-hidden="true" className="size-5" />
          </Radix.Close>
        </div>
        {description && (
          <Radix.Description className="mt-1 text-pretty text-ink-soft">
            {description}
          </Radix.Description>
        )}
        {children}
      </Radix.Content>
    </Radix.Portal>
  );
}
