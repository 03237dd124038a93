import { Waves } from "lucide-react";
import { Link } from "react-router";
import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";

export function Component() {
  return (
    <>
      <title>{`${t.errors.notFound} · ${t.app.name}`}</title>
      <div className="grid min-h-[80dvh] place-items-center">
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
