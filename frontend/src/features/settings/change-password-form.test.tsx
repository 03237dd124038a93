import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { ann } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { http, refuse, server } from "@/testing/server";
import ChangePasswordForm from "./change-password-form";

async function fill(current: string, next: string): Promise<void> {
  await userEvent.type(await screen.findByLabelText("Current password"), current);
  await userEvent.type(screen.getByLabelText("New password"), next);
  await userEvent.click(screen.getByRole("button", { name: "Save the new password" }));
}

test("a wrong current password is said at its field, and nothing that was typed is lost", async () => {
  server.use(http.post("/v1/auth/password", () => refuse(403, "wrong-password")));
  renderSignedIn(ann, <ChangePasswordForm />);
  await fill("not my password", "a long enough one");
  expect(await screen.findByText("That isn’t your password.")).toBeInTheDocument();
  expect(screen.getByLabelText("Current password")).toHaveFocus();
  expect(screen.getByLabelText("New password")).toHaveValue("a long enough one");
});

test("a changed password empties the form and says that other devices are logged out", async () => {
  const bodies: unknown[] = [];
  server.use(
    http.post("/v1/auth/password", async ({ request }) => {
      bodies.push(await request.json());
      return new Response(null, { status: 204 });
    }),
  );
  renderSignedIn(ann, <ChangePasswordForm />);
  await fill("my old password", "a long enough one");
  expect((await screen.findAllByText(/Other devices are logged out/))[0]).toBeInTheDocument();
  expect(bodies).toEqual([
    { current_password: "my old password", new_password: "a long enough one" },
  ]);
  expect(screen.getByLabelText("Current password")).toHaveValue("");
});
