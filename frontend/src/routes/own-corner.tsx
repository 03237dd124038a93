import { BellLink } from "./bell";
import { SettingsLink } from "./settings-link";

/** On a phone, what one's own profile leads to besides itself. */
export default function OwnCorner() {
  return (
    <div className="flex">
      <BellLink />
      <SettingsLink />
    </div>
  );
}
