import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { session } from "@/lib/api/client";
import { useSession } from "@/lib/api/use-session";
import { ann } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, http, refuse, server } from "@/testing/server";
import EraseAccount from "./erase-account";
import { ExportData } from "./export-data";

/** Whoever is logged out sees another page. */
function Settings() {
  const signedIn = useSession().status === "signed-in";
  return signedIn ? <EraseAccount onClose={vi.fn()} /> : <p>Nobody is here</p>;
}

async function fill(name: string, password: string) {
  await userEvent.type(await screen.findByLabelText("Type ann to confirm"), name);
  await userEvent.type(screen.getByLabelText("Current password"), password);
}

const confirm = () => screen.getByRole("button", { name: "Erase my account" });

test("an account is erased by its name and password only, and then nobody is logged in", async () => {
  const bodies: unknown[] = [];
  server.use(
    http.delete("/v1/me", async ({ request }) => {
      bodies.push(await request.json());
      return new Response(null, { status: 202, headers: { "Echo-Position": "e9" } });
    }),
  );
  renderSignedIn(ann, <Settings />);
  await fill("an", "my password");
  expect(confirm()).toBeDisabled();
  await userEvent.type(screen.getByLabelText("Type ann to confirm"), "n");
  expect(confirm()).toBeEnabled();
  await userEvent.click(confirm());
  expect(await screen.findByText("Nobody is here")).toBeInTheDocument();
  expect(session.getState()).toMatchObject({ status: "signed-out", ended: false });
  expect(bodies).toEqual([{ password: "my password" }]);
});

test("a wrong password is said at its field, and the account stays", async () => {
  server.use(http.delete("/v1/me", () => refuse(403, "wrong-password")));
  renderSignedIn(ann, <EraseAccount onClose={vi.fn()} />);
  await fill("ann", "not it");
  await userEvent.click(confirm());
  expect(await screen.findByText("That isn’t your password.")).toBeInTheDocument();
  expect(session.getState()).toMatchObject({ status: "signed-in" });
});

test("one's data is saved as a file under the name that the server gives it", async () => {
  server.use(
    http.get("/v1/me/export", () =>
      answer(
        { account: {} },
        { headers: { "Content-Disposition": 'attachment; filename="echo-ann-2026-01-02.json"' } },
      ),
    ),
  );
  const names: string[] = [];
  URL.createObjectURL = () => "blob:1";
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    names.push(this.download);
  });
  renderSignedIn(ann, <ExportData />);
  await userEvent.click(await screen.findByRole("button", { name: "Download my data" }));
  await waitFor(() => expect(names).toEqual(["echo-ann-2026-01-02.json"]));
});

test("a download that fails says so and can be tried again", async () => {
  server.use(http.get("/v1/me/export", () => refuse(503, "busy")));
  renderSignedIn(ann, <ExportData />);
  await userEvent.click(await screen.findByRole("button", { name: "Download my data" }));
  expect(await screen.findByText(/wasn’t downloaded/)).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Download my data" })).toBeEnabled();
});
