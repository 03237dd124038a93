import { Link } from "react-router";
import { ForgotPasswordForm } from "@/features/auth/forgot-password-form";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";

export function Component() {
  return (
    <>
      <title>{`${t.auth.forgotTitle} · ${t.app.name}`}</title>
      <h1 className="text-3xl font-bold">{t.auth.forgotTitle}</h1>
      <ForgotPasswordForm />
      <p className="mt-6 text-center">
        <Link
          to={paths.login}
          className="inline-flex min-h-11 items-center rounded-md font-semibold text-brand underline underline-offset-4"
        >
          {t.auth.backToLogIn}
        </Link>
      </p>
    </>
  );
}
