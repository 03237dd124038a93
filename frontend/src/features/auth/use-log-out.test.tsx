import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse } from "msw";
import { expect, test, vi } from "vitest";
import { session } from "@/lib/api/client";
import { ann } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { http, refuse, server } from "@/testing/server";
import { useLogOut } from "./use-log-out";

function LogOut() {
  const { mutate, isPending } = useLogOut();
  return (
    <button type="button" disabled={isPending} onClick={() => mutate()}>
      Log out
    </button>
  );
}

test("without a network a log-out says at once that it can't be done, and can be tried again", async () => {
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  server.use(http.post("/v1/auth/logout", () => HttpResponse.error()));
  renderSignedIn(ann, <LogOut />);
  await userEvent.click(screen.getByRole("button", { name: "Log out" }));
  expect((await screen.findAllByText(/No connection/))[0]).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Log out" })).toBeEnabled();
  expect(session.getState().status).toBe("signed-in");
});

test("a session that is over already is logged out all the same", async () => {
  server.use(
    http.post("/v1/auth/logout", () => refuse(401, "unauthorized")),
    http.post("/v1/auth/refresh", () => refuse(401, "unauthorized")),
  );
  renderSignedIn(ann, <LogOut />);
  await userEvent.click(screen.getByRole("button", { name: "Log out" }));
  await waitFor(() => expect(session.getState().status).toBe("signed-out"));
});
