import { Settings } from "lucide-react";
import { Link } from "react-router";
import { Button } from "@/components/ui/button";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";

/** On a phone, where the tab bar has no room for it. */
export function SettingsLink() {
  return (
    <Button asChild variant="ghost" size="icon" className="-me-2 md:hidden">
      <Link to={paths.settings} aria-label={t.nav.settings}>
        <Settings aria-hidden="true" />
      </Link>
    </Button>
  );
}
