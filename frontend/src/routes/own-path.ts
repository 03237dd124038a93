import { matchPath, parsePath } from "react-router";
import { paths } from "@/lib/paths";

/** The addresses of the pages for who is logged in. The router has them too; what lets one in must not wait for it. */
const PAGES = [
  paths.home,
  paths.explore,
  paths.friends,
  paths.blocked,
  paths.notifications,
  paths.settings,
  paths.user(":username"),
  paths.post(":id"),
  paths.chat,
  `${paths.chat}/:who`,
];

/**
 * Where to go after a log-in: only to an address of our own, since nobody may send people elsewhere
 * by a link to it, and only to a page that there is.
 */
export function ownPath(next: string | null): string {
  if (!next || !/^\/(?![/\\])/.test(next)) return paths.home;
  const { pathname = "" } = parsePath(next);
  return PAGES.some((page) => matchPath(page, pathname)) ? next : paths.home;
}
