import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type RenderResult, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import Toaster from "@/components/ui/toaster";
import { positions, session } from "@/lib/api/client";
import type { SessionAnswer } from "@/lib/api/types";
import { createQueryClient } from "@/lib/query";
import { dismissAllToasts } from "@/lib/toasts";

/** Signs somebody in, as an answer of the server would after a load of the page. */
export function signIn(person: SessionAnswer["account"]): void {
  session.end(false);
  dismissAllToasts();
  session.accept({
    account: person,
    access_token: "a-token",
    token_type: "Bearer",
    expires_in: 900,
    position: "s1",
  });
  positions.clear();
}

/** Renders what a signed-in person sees, at an address. */
export function renderSignedIn(
  person: SessionAnswer["account"],
  children: ReactNode,
  path = "/",
  /** Whether reads that fail are tried again, as they are outside of tests. */
  { retry = false } = {},
): RenderResult & { queries: QueryClient } {
  signIn(person);
  const queries = createQueryClient();
  const options = queries.getDefaultOptions();
  if (!retry) queries.setDefaultOptions({ queries: { ...options.queries, retry: false } });
  const router = createMemoryRouter([{ path: "*", element: children }], {
    initialEntries: [path],
  });
  const rendered = render(
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
      <Toaster />
    </QueryClientProvider>,
  );
  return { ...rendered, queries };
}
