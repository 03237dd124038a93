import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { cn } from "@/lib/cn";
import { keepOpenWhileComposing } from "@/lib/keys";
import { t } from "@/lib/messages";
import { ConfirmDialog } from "./confirm-dialog";
import { overlayClasses, sheetClasses } from "./sheet";
import { useLayer } from "./use-layer";
import { useOpener } from "./use-opener";
import { useSheetDrag } from "./use-sheet-drag";

/** Closes the dialog that it is in, asking first where something would be lost. */
export const DialogClose = Radix.Close;

interface Surroundings {
  /** Closes it, or asks first and answers false. */
  close: () => boolean;
  /** Called when it is out of sight. */
  onGone: () => void;
}

const DialogSurroundings = createContext<Surroundings>({ close: () => true, onGone: () => {} });

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Something was written that closing would lose: Escape, Back and a tap outside ask first. */
  dirty?: boolean;
  /** Called once it has left the screen: whatever shows it may then let it go. */
  onClosed?: () => void;
  children: ReactNode;
}

/** What lies above the page. Back closes it, and the focus returns to what opened it. */
export function Dialog({ open, onOpenChange, dirty = false, onClosed, children }: DialogProps) {
  const [asking, setAsking] = useState(false);
  const giveFocusBack = useOpener(open);
  const close = () => {
    if (dirty) setAsking(true);
    else onOpenChange(false);
    return !dirty;
  };
  useLayer(open, close);
  useUnloadGuard(open && dirty);
  const onGone = () => {
    giveFocusBack();
    onClosed?.();
  };
  return (
    <Radix.Root open={open} onOpenChange={(next) => (next ? onOpenChange(true) : close())}>
      <DialogSurroundings.Provider value={{ close, onGone }}>
        {children}
      </DialogSurroundings.Provider>
      <ConfirmDialog
        open={open && asking}
        onOpenChange={setAsking}
        title={t.discard.title}
        description={t.discard.explained}
        cancel={t.discard.keep}
        confirm={t.discard.confirm}
        onConfirm={() => onOpenChange(false)}
      />
    </Radix.Root>
  );
}

interface DialogContentProps {
  title: string;
  description?: string;
  children: ReactNode;
  className?: string;
}

const FIELD = "input:not([type=file],:disabled),textarea,select";

/** A sheet from below on a phone, a card in the middle at a desk. */
export function DialogContent({ title, description, children, className }: DialogContentProps) {
  const { close, onGone } = useContext(DialogSurroundings);
  const drag = useSheetDrag(close);
  return (
    <Radix.Portal>
      <Radix.Overlay className={overlayClasses} />
      <Radix.Content
        // Radix warns of a missing description unless it is told that there is none.
        {...(description ? {} : { "aria-describedby": undefined })}
        onEscapeKeyDown={keepOpenWhileComposing}
        onOpenAutoFocus={(event) => {
          // The first field, or the dialog itself to be read from its top: not its ✕.
          event.preventDefault();
          if (!(event.currentTarget instanceof HTMLElement)) return;
          const content = event.currentTarget;
          const field =
            content.querySelector<HTMLElement>("[data-autofocus]") ??
            content.querySelector<HTMLElement>(FIELD);
          (field ?? content).focus();
        }}
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          onGone();
        }}
        data-sheet=""
        className={cn(sheetClasses, className)}
      >
        <div
          {...drag}
          className="sticky -top-5 z-10 -mx-5 -mt-5 flex items-start justify-between gap-3 bg-raised px-5 pt-5 pb-1 before:absolute before:inset-x-0 before:top-2 before:mx-auto before:h-1 before:w-9 before:rounded-full before:bg-line-strong/60 max-sm:touch-none sm:-top-6 sm:-mx-6 sm:-mt-6 sm:px-6 sm:pt-6 sm:before:hidden"
        >
          <Radix.Title className="font-display text-xl font-bold">{title}</Radix.Title>
          <Radix.Close
            aria-label={t.actions.close}
            className="-mt-2 -me-2 grid size-11 shrink-0 place-items-center rounded-full text-ink-faint hover:bg-hover hover:text-ink"
          >
            <X aria-hidden="true" className="size-5" />
          </Radix.Close>
        </div>
        {description && (
          <Radix.Description className="text-pretty text-ink-soft">{description}</Radix.Description>
        )}
        {children}
      </Radix.Content>
    </Radix.Portal>
  );
}

/** The buttons at the end of a dialog: in sight however long it is. What sticks, sticks at the padding: hence the negative offsets. */
export function DialogFoot({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <div
      className={cn(
        "sticky -bottom-[calc(1.25rem+env(safe-area-inset-bottom))] z-10 -mx-5 mt-4 -mb-[calc(1.25rem+env(safe-area-inset-bottom))] flex flex-wrap justify-end gap-2 bg-raised px-5 pt-3 pb-[calc(1.25rem+env(safe-area-inset-bottom))] sm:-bottom-6 sm:-mx-6 sm:-mb-6 sm:px-6 sm:pb-6",
        className,
      )}
    >
      {children}
    </div>
  );
}

/** A tab that is closed or reloaded asks as well. */
function useUnloadGuard(on: boolean): void {
  useEffect(() => {
    if (!on) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [on]);
}
