import { Switch } from "@/components/ui/switch";
import { t } from "@/lib/messages";
import { useMessageSound } from "@/lib/sound";

/** Whether a message is heard as it arrives; switched on, it is heard at once. */
export function SoundChoice() {
  const [on, switchOn] = useMessageSound();
  return <Switch label={t.settings.soundOn} checked={on} onChange={switchOn} />;
}
