import { Link, useNavigate } from "react-router";
import { FormAlert } from "@/components/ui/form-alert";
import { ResetPasswordForm } from "@/features/auth/reset-password-form";
import { useLinkCheck } from "@/features/auth/use-link-check";
import { useLinkToken } from "@/features/auth/use-link-token";
import { endSession } from "@/lib/api/client";
import { useSession } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";
import { showToast } from "@/lib/toasts";

export function Component() {
  const token = useLinkToken();
  const { isChecking, dead } = useLinkCheck(token);
  const navigate = useNavigate();
  const { status } = useSession();

  const done = () => {
    // Every session has ended, this browser's too.
    if (status === "signed-in") endSession();
    showToast("done", t.auth.resetDone);
    void navigate(paths.login, { replace: true });
  };

  return (
    <>
      <title>{`${t.auth.resetTitle} · ${t.app.name}`}</title>
      <h1 className="text-3xl font-bold">{t.auth.resetTitle}</h1>
      <p role="status" className="mt-1 mb-7 text-ink-soft">
        {isChecking ? t.auth.linkChecking : t.auth.resetIntro}
      </p>
      {token && !isChecking && !dead && <ResetPasswordForm token={token} done={done} />}
      {!token && <FormAlert message={t.auth.linkIncomplete} />}
      {dead && <FormAlert message={dead.text} />}
      <p className="mt-6 text-center">
        <Link
          to={paths.forgotPassword}
          className="inline-flex min-h-11 items-center rounded-md font-semibold text-brand underline underline-offset-4"
        >
          {t.auth.askAgain}
        </Link>
      </p>
    </>
  );
}
