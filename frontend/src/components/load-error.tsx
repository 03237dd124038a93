import { CloudOff } from "lucide-react";
import { Button } from "@/components/ui/button";
import { toProblem } from "@/lib/api/problem";
import { t } from "@/lib/messages";
import { EmptyState } from "./empty-state";

export function LoadError({ error, retry }: { error: unknown; retry: () => unknown }) {
  return (
    <div role="alert">
      <EmptyState
        icon={<CloudOff />}
        title={t.errors.loadFailed}
        hint={toProblem(error).text}
        action={
          <Button variant="soft" onClick={() => void retry()}>
            {t.actions.retry}
          </Button>
        }
      />
    </div>
  );
}
