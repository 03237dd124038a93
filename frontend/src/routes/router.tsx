import { createBrowserRouter, type RouteObject } from "react-router";
import { Splash } from "@/components/splash";
import { paths } from "@/lib/paths";
import { BrokenPage, ErrorPage } from "./error-page";
import { Gate } from "./gate";
import { page } from "./page-module";
import { Root } from "./root";

// Every page is a chunk of its own, fetched when it is first visited.
export const routes: RouteObject[] = [
  {
    Component: Root,
    ErrorBoundary: ErrorPage,
    HydrateFallback: Splash,
    children: [
      {
        lazy: page(() => import("./welcome")),
        children: [
          { path: paths.login, lazy: page(() => import("./log-in")) },
          { path: paths.signup, lazy: page(() => import("./sign-up")) },
          { path: paths.forgotPassword, lazy: page(() => import("./forgot-password")) },
          { path: paths.resetPassword, lazy: page(() => import("./reset-password")) },
          { path: paths.confirmEmail, lazy: page(() => import("./confirm-email")) },
        ],
      },
      {
        Component: Gate,
        children: [
          {
            lazy: page(() => import("./shell")),
            children: [
              {
                ErrorBoundary: BrokenPage,
                children: [
                  { path: paths.home, lazy: page(() => import("./home")) },
                  { path: paths.explore, lazy: page(() => import("./explore")) },
                  { path: paths.friends, lazy: page(() => import("./friends")) },
                  { path: paths.blocked, lazy: page(() => import("./blocked")) },
                  { path: paths.notifications, lazy: page(() => import("./notifications")) },
                  { path: paths.settings, lazy: page(() => import("./settings")) },
                  { path: paths.user(":username"), lazy: page(() => import("./profile")) },
                  { path: paths.post(":id"), lazy: page(() => import("./post")) },
                  {
                    path: paths.chat,
                    lazy: page(() => import("./chat")),
                    children: [{ path: ":who", lazy: page(() => import("./chat-conversation")) }],
                  },
                  { path: "*", lazy: page(() => import("./not-found")) },
                ],
              },
            ],
          },
        ],
      },
    ],
  },
];

export const createRouter = () => createBrowserRouter(routes);
