import { createBrowserRouter, type RouteObject } from "react-router";
import { Splash } from "@/components/splash";
import { paths } from "@/lib/paths";
import { ErrorPage } from "./error-page";
import { Gate } from "./gate";
import { Root } from "./root";

// Every page is a chunk of its own, fetched when it is first visited.
export const routes: RouteObject[] = [
  {
    Component: Root,
    ErrorBoundary: ErrorPage,
    HydrateFallback: Splash,
    children: [
      {
        lazy: () => import("./welcome"),
        children: [
          { path: paths.login, lazy: () => import("./log-in") },
          { path: paths.signup, lazy: () => import("./sign-up") },
          { path: paths.forgotPassword, lazy: () => import("./forgot-password") },
          { path: paths.resetPassword, lazy: () => import("./reset-password") },
          { path: paths.confirmEmail, lazy: () => import("./confirm-email") },
        ],
      },
      {
        Component: Gate,
        children: [
          {
            lazy: () => import("./shell"),
            children: [
              {
                ErrorBoundary: ErrorPage,
                children: [
                  { path: paths.home, lazy: () => import("./home") },
                  { path: paths.explore, lazy: () => import("./explore") },
                  { path: paths.friends, lazy: () => import("./friends") },
                  { path: paths.blocked, lazy: () => import("./blocked") },
                  { path: paths.notifications, lazy: () => import("./notifications") },
                  { path: paths.settings, lazy: () => import("./settings") },
                  { path: paths.user(":username"), lazy: () => import("./profile") },
                  { path: paths.post(":id"), lazy: () => import("./post") },
                  {
                    path: paths.chat,
                    lazy: () => import("./chat"),
                    children: [{ path: ":who", lazy: () => import("./chat-conversation") }],
                  },
                  { path: "*", lazy: () => import("./not-found") },
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
