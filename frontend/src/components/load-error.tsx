import { CloudOff } from "lucide-react";
import { useEffect, useRef } from "react";
import { Button } from "@/components/ui/button";
import { toProblem } from "@/lib/api/problem";
import { t } from "@/lib/messages";
import { EmptyState } from "./empty-state";

/** Says why something isn't here, and asks for it again by itself when there is a network again. */
export function LoadError({ error, retry }: { error: unknown; retry: () => unknown }) {
  const latest = useRef(retry);
  useEffect(() => {
    latest.current = retry;
  });
  useEffect(() => {
    const again = () => void latest.current();
    window.addEventListener("online", again);
    return () => window.removeEventListener("online", again);
  }, []);
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
