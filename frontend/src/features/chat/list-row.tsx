import type { Message } from "@/lib/api/types";
import { useTimeText } from "@/lib/clock";
import { t } from "@/lib/messages";
import { dayLabel } from "@/lib/time";
import { MessageRow } from "./message-row";
import type { Row } from "./rows";

interface ListRowProps {
  row: Row;
  peerName: string;
  onEdit: ((message: Message) => void) | null;
  /** True while it comes in. */
  arriving: boolean;
}

export function ListRow({ row, peerName, onEdit, arriving }: ListRowProps) {
  switch (row.type) {
    case "bubble":
      return <MessageRow row={row} peerName={peerName} onEdit={onEdit} arriving={arriving} />;
    case "day":
      return <Day at={row.at} />;
    case "unread":
      return <UnreadDivider />;
  }
}

/** Above a day's messages; today becomes yesterday while one looks. */
function Day({ at }: { at: string }) {
  const label = useTimeText((now) => dayLabel(at, now));
  return (
    <p className="pt-5 pb-1 text-center">
      <span className="rounded-full bg-sunken px-3 py-1 text-xs font-semibold text-ink-soft">
        {label}
      </span>
    </p>
  );
}

function UnreadDivider() {
  return (
    <p className="flex items-center gap-3 pt-5 pb-1 text-xs font-semibold text-on-ember-soft before:h-px before:flex-1 before:bg-ember/50 after:h-px after:flex-1 after:bg-ember/50">
      {t.chat.unreadBelow}
    </p>
  );
}
