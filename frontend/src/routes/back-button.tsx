import { ArrowLeft } from "lucide-react";
import { useNavigate } from "react-router";
import { Button } from "@/components/ui/button";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";

/** To the page before, or home for one that was opened by a link from outside. */
export function useBack(): () => void {
  const navigate = useNavigate();
  return () => void (window.history.state?.idx > 0 ? navigate(-1) : navigate(paths.home));
}

/** An installed app on a phone has no other. */
export function BackButton({ className }: { className?: string }) {
  const back = useBack();
  return (
    <Button
      variant="ghost"
      size="icon"
      className={className}
      aria-label={t.actions.back}
      onClick={back}
    >
      <ArrowLeft aria-hidden="true" className="rtl:-scale-x-100" />
    </Button>
  );
}
