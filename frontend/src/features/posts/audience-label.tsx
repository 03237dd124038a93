import { Globe, Users } from "lucide-react";
import type { Visibility } from "@/lib/api/types";
import { t } from "@/lib/messages";

/** The audiences that a post can have. */
export const AUDIENCES = {
  public: { label: t.post.public, Icon: Globe },
  friends: { label: t.post.friendsOnly, Icon: Users },
} as const;

/** An audience, where it can't be changed yet. */
export function AudienceLabel({ value }: { value: Visibility }) {
  const { label, Icon } = AUDIENCES[value];
  return (
    <span className="flex items-center gap-2 px-3 text-sm font-semibold text-ink-soft">
      <Icon aria-hidden="true" className="size-[1.15em]" />
      {label}
    </span>
  );
}
