import { TriangleAlert } from "lucide-react";
import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";
import { t } from "@/lib/messages";

/** What is left when a page couldn't be shown, be it by a mistake of ours or a lost chunk. */
export function ErrorPage() {
  return (
    <main className="grid min-h-dvh place-items-center">
      <title>{`${t.errors.title} · ${t.app.name}`}</title>
      <div role="alert">
        <EmptyState
          heading="h1"
          icon={<TriangleAlert />}
          title={t.errors.title}
          hint={t.errors.hint}
          action={<Button onClick={() => window.location.reload()}>{t.actions.reload}</Button>}
        />
      </div>
    </main>
  );
}
