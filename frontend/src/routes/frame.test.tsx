import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, Link, Outlet, RouterProvider } from "react-router";
import { expect, test } from "vitest";
import { Composer } from "@/features/posts/composer";
import { createQueryClient } from "@/lib/query";
import { ann, ben, profileOf } from "@/testing/people";
import { renderSignedIn, signIn } from "@/testing/render";
import { answer, gate, http, refuse, server } from "@/testing/server";
import { BackButton } from "./back-button";
import { NewPostLink } from "./new-post-link";
import { Component as NotFound } from "./not-found";
import { Component as Notifications } from "./notifications";
import { Component as Profile } from "./profile";
import { ProgressLine } from "./progress-line";

function showRoutes(routes: Parameters<typeof createMemoryRouter>[0], entries: string[]) {
  signIn(ann);
  const router = createMemoryRouter(routes, { initialEntries: entries });
  render(
    <QueryClientProvider client={createQueryClient()}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  return router;
}

const back = () => screen.findByRole("button", { name: "Back" });

test("Back leads to the page before, and home from one that was opened by a link from outside", async () => {
  const routes = [{ path: "*", element: <BackButton /> }];
  const router = showRoutes(routes, ["/explore", "/posts/1"]);
  window.history.replaceState({ idx: 1 }, "");
  await userEvent.click(await back());
  expect(router.state.location.pathname).toBe("/explore");
  window.history.replaceState({ idx: 0 }, "");
  await userEvent.click(await back());
  expect(router.state.location.pathname).toBe("/");
});

test("a page that no tab leads to has a way back on a phone", async () => {
  server.use(
    http.get("/v1/users/ben", () => answer(profileOf(ben))),
    http.get("/v1/users/nobody", () => refuse(404, "user-not-found")),
    http.get("/v1/users/ben/posts", () => answer({ items: [], next_cursor: null })),
    http.get("/v1/notifications", () => answer({ items: [], next_cursor: null })),
  );
  const routes = [
    { path: "/people/:username", element: <Profile /> },
    { path: "/notifications", element: <Notifications /> },
    { path: "*", element: <NotFound /> },
  ];
  const router = showRoutes(routes, ["/people/ben"]);
  await screen.findByRole("heading", { name: "Ben" });
  for (const path of ["/people/ben", "/people/nobody", "/notifications", "/nowhere"]) {
    await router.navigate(path);
    expect(await back(), path).toBeInTheDocument();
  }
});

test("a page on its way has a line, until it is there", async () => {
  const { opened, open } = gate();
  const frame = (
    <>
      <ProgressLine />
      <Link to="/slow">Go</Link>
      <Outlet />
    </>
  );
  const slow = {
    path: "/slow",
    lazy: async () => {
      await opened;
      return { Component: () => <h1>There</h1> };
    },
  };
  showRoutes([{ element: frame, children: [{ path: "/", element: <p>Here</p> }, slow] }], ["/"]);
  const line = () => document.querySelector("[data-progress]");
  expect(line()).toBeNull();
  await userEvent.click(screen.getByRole("link", { name: "Go" }));
  await waitFor(() => expect(line()).not.toBeNull());
  expect(screen.getByText("Here")).toBeInTheDocument();
  open();
  await screen.findByRole("heading", { name: "There" });
  expect(line()).toBeNull();
});

test("the button for a new post leads to where one writes, ready to write", async () => {
  server.use(http.get("/v1/users/ann/posts", () => answer({ items: [], next_cursor: null })));
  window.scrollTo = () => {};
  renderSignedIn(
    ann,
    <>
      <NewPostLink />
      <Composer />
    </>,
  );
  const field = await screen.findByRole("textbox", { name: "Text 1 of 1" });
  expect(field).not.toHaveFocus();
  await userEvent.click(screen.getByRole("link", { name: "New post" }));
  await waitFor(() => expect(field).toHaveFocus());
});
