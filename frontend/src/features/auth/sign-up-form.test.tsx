import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { session } from "@/lib/api/client";
import { ann } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, http, refuse, server } from "@/testing/server";
import { SignUpForm } from "./sign-up-form";

beforeEach(() => {
  renderSignedIn(ann, <SignUpForm />);
  session.end(false);
});

async function fillIn(form: Partial<Record<"Name" | "Username" | "Email" | "Password", string>>) {
  for (const [label, text] of Object.entries(form)) {
    await userEvent.type(screen.getByLabelText(label), text);
  }
  await userEvent.click(screen.getByRole("button", { name: "Create account" }));
}

const complete = {
  Name: "Ann",
  Username: "Ann_1",
  Email: "ann@example.org",
  Password: "long enough",
};

test("what is missing or wrong is said at its field, without asking the server", async () => {
  await fillIn({ Username: "No spaces!", Email: "nowhere", Password: "short" });
  expect(await screen.findByText("Please fill this in.")).toBeInTheDocument();
  expect(screen.getByLabelText("Name")).toBeInvalid();
  expect(screen.getByLabelText("Username")).toHaveAccessibleDescription(
    "Only lower-case letters, digits and underscores.",
  );
  expect(screen.getByLabelText("Email")).toHaveAccessibleDescription(
    "This doesn’t look like an email address.",
  );
  expect(screen.getByLabelText("Password")).toHaveAccessibleDescription("At least 8 characters.");
});

test("what the server finds wrong is said at its field, which gets the focus", async () => {
  server.use(
    http.post("/v1/auth/signup", () =>
      refuse(422, "validation-failed", [
        { field: "email", code: "not-deliverable", message: "Nobody reads mail there." },
      ]),
    ),
  );
  await fillIn(complete);
  expect(await screen.findByText("Nobody reads mail there.")).toBeInTheDocument();
  expect(screen.getByLabelText("Email")).toHaveFocus();
});

test("a password of one character over and over is refused without asking the server", async () => {
  for (const password of ["aAaAaAaA", "\u3000\u3000\u3000\u3000\u3000\u3000\u3000\u3000"]) {
    await userEvent.clear(screen.getByLabelText("Password"));
    await fillIn({ Password: password });
    await waitFor(() =>
      expect(screen.getByLabelText("Password")).toHaveAccessibleDescription(
        "That’s one character over and over. Mix in some others.",
      ),
    );
  }
});

test("a password too close to its owner is said at its field", async () => {
  server.use(
    http.post("/v1/auth/signup", () =>
      refuse(422, "validation-failed", [
        { field: "password", code: "too-personal", message: "Too close." },
      ]),
    ),
  );
  await fillIn(complete);
  await waitFor(() =>
    expect(screen.getByLabelText("Password")).toHaveAccessibleDescription(
      "This is too close to your name, your address or Echo. Choose another.",
    ),
  );
});

test("names that are taken are said at both", async () => {
  const taken = { code: "taken", message: "This is taken." };
  server.use(
    http.post("/v1/auth/signup", () =>
      refuse(409, "username-taken", [
        { field: "username", ...taken },
        { field: "email", ...taken },
      ]),
    ),
  );
  await fillIn(complete);
  await waitFor(() =>
    expect(screen.getByLabelText("Username")).toHaveAccessibleDescription(
      "Somebody has this username already.",
    ),
  );
  expect(screen.getByLabelText("Email")).toHaveAccessibleDescription(
    "There’s an account with this email already.",
  );
});

test("a problem with no field stands above the form", async () => {
  server.use(http.post("/v1/auth/signup", () => refuse(503, "unavailable")));
  await fillIn(complete);
  expect(await screen.findByRole("alert")).toHaveTextContent("Echo is busy right now.");
});

test("the username is sent in lower case, under one key however often it is tried", async () => {
  const sent: unknown[] = [];
  server.use(
    http.post("/v1/auth/signup", async ({ request }) => {
      sent.push([request.headers.get("Idempotency-Key"), await request.json()]);
      if (sent.length === 1) return refuse(503, "unavailable");
      const token = { access_token: "t", token_type: "Bearer", expires_in: 900, position: "e1" };
      return answer({ account: ann, ...token }, { status: 201 });
    }),
  );
  await fillIn(complete);
  await screen.findByRole("alert");
  await userEvent.click(screen.getByRole("button", { name: "Create account" }));
  await waitFor(() => expect(session.getState()).toEqual({ status: "signed-in", account: ann }));
  expect(sent[0]).toEqual(sent[1]);
  expect(sent[0]).toMatchObject([expect.any(String), { username: "ann_1" }]);
});
