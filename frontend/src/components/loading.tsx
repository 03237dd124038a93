import type { FetchStatus } from "@tanstack/react-query";
import { CloudOff } from "lucide-react";
import type { ReactNode } from "react";
import { t } from "@/lib/messages";
import { EmptyState } from "./empty-state";

interface LoadingProps {
  query: { fetchStatus: FetchStatus };
  /** The outline of what comes. */
  children: ReactNode;
}

/** Stands where something is still to come: its outline, or without a network the sentence about that. */
export function Loading({ query, children }: LoadingProps) {
  return query.fetchStatus === "paused" ? <Offline /> : children;
}

function Offline() {
  return (
    <div role="status" className="my-auto min-h-0 flex-1 content-center overflow-y-auto">
      <EmptyState icon={<CloudOff />} title={t.errors.offline} hint={t.errors.offlineHint} />
    </div>
  );
}
