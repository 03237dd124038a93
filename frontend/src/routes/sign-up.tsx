import { Link, useLocation } from "react-router";
import { SignUpForm } from "@/features/auth/sign-up-form";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";

export function Component() {
  const { search } = useLocation();
  return (
    <>
      <title>{`${t.auth.signUp} · ${t.app.name}`}</title>
      <h1 className="text-3xl font-bold">{t.auth.signUpTitle}</h1>
      <p className="mt-1 mb-7 text-ink-soft">{t.auth.signUpIntro}</p>
      <SignUpForm />
      <p className="mt-6 text-center text-ink-soft">
        {t.auth.haveAccount}{" "}
        <Link
          to={{ pathname: paths.login, search }}
          className="inline-flex min-h-11 items-center rounded-md font-semibold text-brand underline underline-offset-4"
        >
          {t.auth.logIn}
        </Link>
      </p>
    </>
  );
}
