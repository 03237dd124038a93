import { Ellipsis } from "lucide-react";
import { type ReactNode, Suspense, useState } from "react";
import { Button } from "@/components/ui/button";
import type { Message } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { useLongPress } from "./use-long-press";

// Reading needs no menus: they come when somebody asks for one.
const MessageMenu = lazyPart(() => import("./message-menu"));

interface MessageActionsProps {
  message: Message;
  mine: boolean;
  /** Null where nothing can be written. */
  onEdit: ((message: Message) => void) | null;
  children: ReactNode;
}

/**
 * A message and the way to what can be done about it: a button that shows where one points at the
 * message or comes by keyboard, a long press where one touches. A screen reader finds the button everywhere.
 */
export function MessageActions({ message, mine, onEdit, children }: MessageActionsProps) {
  const [wanted, setWanted] = useState(false);
  const [open, setOpen] = useState(false);
  const ask = () => {
    setWanted(true);
    setOpen(true);
  };
  const longPress = useLongPress(ask);
  const button = (
    <Button
      variant="ghost"
      size="icon"
      aria-label={mine ? t.chat.moreOfYours : t.chat.more}
      aria-haspopup="menu"
      // Once the menu is there it is Radix that opens it.
      onClick={wanted ? undefined : ask}
      className={cn(
        "size-9 self-center text-ink-faint",
        "hover-none:sr-only hover-none:focus-visible:not-sr-only",
        "hover-any:opacity-0 hover-any:focus-visible:opacity-100",
        "hover-any:group-hover/message:opacity-100 data-[state=open]:opacity-100!",
      )}
    >
      <Ellipsis aria-hidden="true" />
    </Button>
  );
  return (
    <div
      {...longPress}
      className={cn(
        "group/message relative flex w-full gap-1",
        "hover-none:select-none hover-none:[-webkit-touch-callout:none]",
        mine && "flex-row-reverse",
      )}
    >
      {children}
      {wanted ? (
        <Suspense fallback={button}>
          <MessageMenu
            message={message}
            mine={mine}
            open={open}
            onOpenChange={setOpen}
            onEdit={onEdit}
            trigger={button}
          />
        </Suspense>
      ) : (
        button
      )}
    </div>
  );
}
