import { AlertDialog as Radix } from "radix-ui";
import { Button } from "@/components/ui/button";
import { keepOpenWhileComposing } from "@/lib/keys";
import { t } from "@/lib/messages";
import { overlayClasses, sheetClasses } from "./sheet";
import { useLayer } from "./use-layer";
import { useOpener } from "./use-opener";

interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: string;
  /** What is done, as the button says it. */
  confirm: string;
  cancel?: string;
  onConfirm: () => void;
}

/**
 * Asks before something is done that can't be taken back. Only an answer closes it, not a tap
 * beside it, and the focus is first on the one that changes nothing.
 */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { open, onOpenChange, title, description, confirm, onConfirm } = props;
  const giveFocusBack = useOpener(open);
  useLayer(open, () => {
    onOpenChange(false);
    return true;
  });
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={overlayClasses} />
        <Radix.Content
          {...(description ? {} : { "aria-describedby": undefined })}
          onEscapeKeyDown={keepOpenWhileComposing}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            giveFocusBack();
          }}
          className={sheetClasses}
        >
          <Radix.Title className="font-display text-xl font-bold">{title}</Radix.Title>
          {description && (
            <Radix.Description className="mt-1 text-pretty text-ink-soft">
              {description}
            </Radix.Description>
          )}
          <div className="mt-6 flex flex-wrap justify-end gap-2">
            <Radix.Cancel asChild>
              <Button variant="ghost">{props.cancel ?? t.actions.cancel}</Button>
            </Radix.Cancel>
            <Radix.Action asChild>
              <Button variant="danger-solid" onClick={onConfirm}>
                {confirm}
              </Button>
            </Radix.Action>
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
