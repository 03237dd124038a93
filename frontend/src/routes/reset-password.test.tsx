import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { expect, test } from "vitest";
import { createQueryClient } from "@/lib/query";
import { http, refuse, server } from "@/testing/server";
import { Component as ResetPassword } from "./reset-password";

type Entry = { pathname: string; hash?: string; state?: unknown };

/** Opens the page as a mailed link does, or as it is found again after a reload. */
function open(entry: Entry) {
  const router = createMemoryRouter(
    [
      { path: "/reset-password", element: <ResetPassword /> },
      { path: "/login", element: <p>Log-in page</p> },
    ],
    { initialEntries: [entry] },
  );
  render(
    <QueryClientProvider client={createQueryClient()}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  return router;
}

const LINK = { pathname: "/reset-password", hash: "#token=abc" };
const good = () => new Response(null, { status: 204 });

test("the token of a link leaves the address and is found again after a reload", async () => {
  const sent: unknown[] = [];
  server.use(
    http.post("/v1/auth/password-reset/check", good),
    http.post("/v1/auth/password-reset/confirm", async ({ request }) => {
      sent.push(await request.json());
      return good();
    }),
  );
  const first = open(LINK);
  expect(await screen.findByLabelText("New password")).toBeInTheDocument();
  expect(first.state.location.hash).toBe("");
  document.body.replaceChildren();

  const { pathname, state } = first.state.location;
  open({ pathname, state });
  await userEvent.type(await screen.findByLabelText("New password"), "a long enough one");
  await userEvent.click(screen.getByRole("button", { name: "Save new password" }));
  expect(await screen.findByText("Log-in page")).toBeInTheDocument();
  expect(sent).toEqual([{ token: "abc", new_password: "a long enough one" }]);
});

test("a dead link is told before anybody thinks of a password", async () => {
  server.use(http.post("/v1/auth/password-reset/check", () => refuse(422, "link-invalid")));
  open(LINK);
  expect(await screen.findByRole("alert")).toHaveTextContent("This link was used already");
  expect(screen.queryByLabelText("New password")).not.toBeInTheDocument();
});

test("where a link can't be checked, the password can be set all the same", async () => {
  server.use(http.post("/v1/auth/password-reset/check", () => refuse(503, "unavailable")));
  open(LINK);
  expect(await screen.findByLabelText("New password")).toBeInTheDocument();
});

test("a password that is guessed first is refused at its field, in our words", async () => {
  server.use(
    http.post("/v1/auth/password-reset/check", good),
    http.post("/v1/auth/password-reset/confirm", () =>
      refuse(422, "validation-failed", [
        { field: "new_password", code: "too-common", message: "Many people use this password." },
      ]),
    ),
  );
  open(LINK);
  await userEvent.type(await screen.findByLabelText("New password"), "qwertyuiop");
  await userEvent.click(screen.getByRole("button", { name: "Save new password" }));
  expect(
    await screen.findByText("Many people use this one, so it’s guessed first. Choose another."),
  ).toBeInTheDocument();
  expect(screen.getByLabelText("New password")).toHaveFocus();
});
