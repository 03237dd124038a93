import { TriangleAlert } from "lucide-react";
import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";
import { t } from "@/lib/messages";

/** What is left when everything is gone. */
export function ErrorPage() {
  return (
    <main className="grid min-h-dvh place-items-center">
      <Broken />
    </main>
  );
}

/** What is left of a page that broke, inside what surrounds every page. */
export function BrokenPage() {
  return (
    <div className="grid min-h-[80dvh] place-items-center">
      <Broken />
    </div>
  );
}

function Broken() {
  return (
    <div role="alert">
      <title>{`${t.errors.title} · ${t.app.name}`}</title>
      <EmptyState
        heading="h1"
        icon={<TriangleAlert />}
        title={t.errors.title}
        hint={t.errors.hint}
        action={<Button onClick={() => window.location.reload()}>{t.actions.reload}</Button>}
      />
    </div>
  );
}
