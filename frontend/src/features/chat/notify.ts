import { isAttentive } from "@/lib/attention";
import { t } from "@/lib/messages";
import { nameOf } from "@/lib/names";
import { paths } from "@/lib/paths";
import { previewOf } from "@/lib/preview";
import { playOnce } from "@/lib/sound";
import { showMessageToast } from "@/lib/toasts";
import type { Arrival } from "./arrivals";

/**
 * Lets a message be noticed that arrived while somebody was elsewhere: by a toast that leads to the
 * chat, unless that is open and shows it itself, and by a sound unless it is looked at.
 */
export function notify(
  { peer, message }: Arrival,
  open: string | undefined,
  go: (path: string) => void,
): void {
  const isOpen = open !== undefined && (open === peer.username || open === peer.id);
  void playOnce(message.id, { heard: !(isOpen && isAttentive()) });
  if (isOpen) return;
  const name = nameOf(peer);
  const text = previewOf(message);
  showMessageToast(peer, text, {
    label: t.chat.arrived(name, text),
    run: () => go(paths.conversation(peer)),
  });
}
