import { Feather } from "lucide-react";
import { Link } from "react-router";
import { Button } from "@/components/ui/button";
import { COMPOSE } from "@/features/posts/compose";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";

/** Leads to where posts are written, ready to write; without its words where there is no room for them. */
export function NewPostLink({ className, compact }: { className?: string; compact?: string }) {
  return (
    <Button asChild className={cn("shadow-card", className)}>
      <Link to={paths.home} state={COMPOSE} aria-label={t.nav.newPost}>
        <Feather aria-hidden="true" />
        <span className={compact}>{t.nav.newPost}</span>
      </Link>
    </Button>
  );
}
