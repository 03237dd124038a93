import { Link, useLocation } from "react-router";
import { LogInForm } from "@/features/auth/log-in-form";
import { useSession } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";

export function Component() {
  const state = useSession();
  const { search, state: from } = useLocation();
  const left = (from as { left?: boolean } | null)?.left === true;
  return (
    <>
      <title>{`${t.auth.logIn} · ${t.app.name}`}</title>
      <h1 className="text-3xl font-bold">{left ? t.auth.logIn : t.auth.logInTitle}</h1>
      <p className="mt-1 mb-7 text-ink-soft">
        {state.status === "signed-out" && state.ended
          ? t.auth.signedOutElsewhere
          : left
            ? t.auth.leftIntro
            : t.auth.logInIntro}
      </p>
      <LogInForm />
      <p className="mt-2 text-center">
        <Link
          to={paths.forgotPassword}
          className="inline-flex min-h-11 items-center rounded-md text-sm text-ink-soft underline decoration-current/40 underline-offset-4 hover:text-ink hover:decoration-current"
        >
          {t.auth.forgot}
        </Link>
      </p>
      <p className="mt-2 text-center text-ink-soft">
        {t.auth.noAccount}{" "}
        <Link
          to={{ pathname: paths.signup, search }}
          className="inline-flex min-h-11 items-center rounded-md font-semibold text-brand underline underline-offset-4"
        >
          {t.auth.signUp}
        </Link>
      </p>
    </>
  );
}
