import { Navigate, Outlet, useLocation, useSearchParams } from "react-router";
import { Logo } from "@/components/logo";
import { Splash } from "@/components/splash";
import { useSession } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";
import { ownPath } from "./own-path";

/** What Echo is, beside the form that lets one in. */
export function Component() {
  const { status } = useSession();
  const [params] = useSearchParams();
  const { pathname } = useLocation();
  // A link from a mail is for whoever opens it, signed in or not.
  const fromMail = pathname === paths.resetPassword || pathname === paths.confirmEmail;
  if (status === "signed-in" && !fromMail) {
    // The pages of somebody who is in are on their way: no blank screen until they are there.
    return (
      <>
        <Navigate to={ownPath(params.get("next"))} replace />
        <Splash />
      </>
    );
  }
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[1.1fr_1fr]">
      <header className="relative isolate overflow-hidden bg-panel text-on-panel lg:sticky lg:top-0 lg:h-dvh">
        <Rings />
        <div className="flex h-full flex-col px-6 pt-6 pb-8 lg:px-16 lg:py-14">
          <Logo />
          <div className="mt-8 lg:my-auto">
            <p className="font-display text-[1.75rem] leading-[1.12] font-bold tracking-[-0.025em] text-balance whitespace-pre-line sm:text-4xl lg:text-5xl xl:text-[3.5rem] xl:leading-[1.06]">
              {t.app.tagline}
            </p>
            <ul className="mt-10 hidden max-w-md space-y-4 text-lg text-on-panel-soft lg:block">
              {t.auth.points.map((point) => (
                <li key={point} className="flex items-baseline gap-4">
                  <span
                    aria-hidden="true"
                    className="size-2.5 shrink-0 rounded-full bg-[#f0a36b] outline-2 outline-offset-3 outline-[#f0a36b]/40"
                  />
                  {point}
                </li>
              ))}
            </ul>
          </div>
        </div>
      </header>
      <main className="mx-auto flex w-full max-w-md flex-col justify-center px-6 py-8 lg:px-4 lg:py-12">
        <Outlet />
      </main>
    </div>
  );
}

function Rings() {
  const radii = [70, 150, 240, 340, 450, 570, 700];
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 800 900"
      preserveAspectRatio="xMaxYMid slice"
      className="absolute inset-0 -z-10 size-full"
    >
      <g fill="none" className="stroke-[oklch(0.72_0.1_195)]">
        {radii.map((radius, i) => (
          <circle
            key={radius}
            cx="730"
            cy="450"
            r={radius}
            strokeWidth={26 - i * 2.5}
            strokeOpacity={0.26 - i * 0.031}
          />
        ))}
      </g>
      <circle cx="730" cy="450" r="22" fill="#f0a36b" />
    </svg>
  );
}
