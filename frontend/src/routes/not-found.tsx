import { Waves } from "lucide-react";
import { Link } from "react-router";
import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";
import { BackButton } from "./back-button";

export function Component() {
  return (
    <>
      <title>{`${t.errors.notFound} · ${t.app.name}`}</title>
      <BackButton className="m-2 md:hidden" />
      <div className="grid min-h-[70dvh] place-items-center">
        <EmptyState
          heading="h1"
          icon={<Waves />}
          title={t.errors.notFound}
          hint={t.errors.notFoundHint}
          action={
            <Button asChild>
              <Link to={paths.home}>{t.actions.goHome}</Link>
            </Button>
          }
        />
      </div>
    </>
  );
}
