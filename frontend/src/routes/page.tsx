import { type ReactNode, Suspense } from "react";
import { useMediaQuery } from "@/components/use-media-query";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { BackButton } from "./back-button";
import { BellLink } from "./bell";
import { NewPostLink } from "./new-post-link";

// Nobody on a phone sees it.
const Rail = lazyPart(() => import("./rail"));
const WIDE = "(min-width: 64rem)";

interface PageProps {
  title: string;
  /** The heading on screen; a page whose content has its own, as a profile has, shows none. */
  heading?: ReactNode;
  /** Posts are read here, so one may want to write one: on a phone there is a button at the thumb. */
  posts?: boolean;
  children: ReactNode;
}

/** A column to read in, and beside it, where there is room, what is going on elsewhere. */
export function Page({ title, heading, posts = false, children }: PageProps) {
  const wide = useMediaQuery(WIDE);
  return (
    <>
      <title>{`${title} · ${t.app.name}`}</title>
      <div className="mx-auto grid max-w-[62rem] sm:px-6 sm:py-6 lg:grid-cols-[minmax(0,1fr)_18.5rem] lg:gap-6">
        <div className="min-w-0 space-y-2 sm:space-y-4 lg:max-w-[40rem]">
          {heading}
          {children}
        </div>
        <aside aria-label={t.nav.aside} className="hidden lg:block">
          {wide && (
            <Suspense>
              <Rail />
            </Suspense>
          )}
        </aside>
        {posts && (
          <NewPostLink
            compact="sr-only"
            className="fixed end-4 bottom-[calc(5rem+env(safe-area-inset-bottom))] z-20 size-14 px-0 text-xl md:hidden"
          />
        )}
      </div>
    </>
  );
}

interface PageHeadingProps {
  title: string;
  intro?: string;
  action?: ReactNode;
  /** Not on the page that it leads to. */
  bell?: boolean;
  /** A way back, for a page that no tab leads to; everywhere, or where there is no side navigation. */
  back?: "always" | "phone";
}

/** The same height and size on every page: what one reads doesn't jump from one to the next. */
export function PageHeading({ title, intro, action, bell = true, back }: PageHeadingProps) {
  return (
    <header className="border-line px-4 max-sm:border-b max-sm:bg-surface sm:px-1">
      <div className="flex min-h-16 items-center gap-1">
        {back && <BackButton className={cn("-ms-3", back === "phone" && "md:hidden")} />}
        <h1 className="min-w-0 flex-1 text-2xl font-bold sm:text-[1.75rem]">
          <bdi>{title}</bdi>
        </h1>
        <div className="flex items-center max-sm:-me-2">
          {action}
          {bell && <BellLink />}
        </div>
      </div>
      {intro && <p className="-mt-2 pb-3 text-ink-soft max-sm:text-sm">{intro}</p>}
    </header>
  );
}
