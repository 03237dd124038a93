import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { Profile } from "@/lib/api/types";
import { ann, ben, profileOf } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, gate, http, refuse, server } from "@/testing/server";
import { RelationshipButton } from "./relationship-button";
import { useUser } from "./use-user";

function Ben() {
  const { data } = useUser("ben");
  return data ? <RelationshipButton profile={data} /> : null;
}

/** Ben's profile as the server has it, which a command may change. */
function serve(before: Profile["relationship"]) {
  const state = { relationship: before, readable: true };
  server.use(
    http.get("/v1/users/ben", () =>
      state.readable ? answer(profileOf(ben, state.relationship)) : refuse(503, "unavailable"),
    ),
  );
  return state;
}

test("a friend request shows as sent before the server has answered", async () => {
  const state = serve("none");
  const { opened, open } = gate();
  server.use(
    http.post("/v1/friend-requests", async ({ request }) => {
      expect(await request.json()).toEqual({ user_id: ben.id });
      await opened;
      state.relationship = "requested";
      return answer({ position: "e4" }, { status: 201 });
    }),
  );
  renderSignedIn(ann, <Ben />);
  await userEvent.click(await screen.findByRole("button", { name: "Add friend" }));
  expect(await screen.findByRole("button", { name: "Cancel request to Ben" })).toBeDisabled();
  open();
  await waitFor(() =>
    expect(screen.getByRole("button", { name: "Cancel request to Ben" })).toBeEnabled(),
  );
});

test("a refused friend request is taken back, with the reason", async () => {
  const state = serve("none");
  const { opened, open } = gate();
  server.use(
    http.post("/v1/friend-requests", async () => {
      await opened;
      return refuse(409, "already-requested");
    }),
  );
  renderSignedIn(ann, <Ben />);
  await userEvent.click(await screen.findByRole("button", { name: "Add friend" }));
  await screen.findByRole("button", { name: "Cancel request to Ben" });
  // Reading it anew would put it right as well; here only taking it back can.
  state.readable = false;
  open();
  expect(await screen.findByRole("button", { name: "Add friend" })).toBeInTheDocument();
  expect(screen.getAllByText(/You’ve asked already/)[0]).toBeInTheDocument();
});

test("who accepts a request is a friend at once, and isn't when that was refused", async () => {
  const state = serve("requested_by");
  const { opened, open } = gate();
  server.use(
    http.post(`/v1/friend-requests/${ben.id}/accept`, async () => {
      await opened;
      return refuse(409, "no-request");
    }),
  );
  renderSignedIn(ann, <Ben />);
  await userEvent.click(await screen.findByRole("button", { name: "Accept Ben’s request" }));
  expect(await screen.findByRole("link", { name: "Message" })).toHaveAttribute("href", "/chat/ben");
  state.readable = false;
  open();
  expect(await screen.findByRole("button", { name: "Accept Ben’s request" })).toBeInTheDocument();
});

test("who blocks somebody is asked first, sees it at once, and as it was if that was refused", async () => {
  const state = serve("none");
  const { opened, open } = gate();
  server.use(
    http.put(`/v1/blocks/${ben.id}`, async () => {
      await opened;
      return refuse(503, "unavailable");
    }),
  );
  renderSignedIn(ann, <Ben />);
  await userEvent.click(await screen.findByRole("button", { name: "More about Ben" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Block" }));
  expect(await screen.findByRole("alertdialog", { name: "Block Ben?" })).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Block" }));
  expect(await screen.findByRole("button", { name: "Unblock Ben" })).toBeInTheDocument();
  state.readable = false;
  open();
  expect(await screen.findByRole("button", { name: "Add friend" })).toBeInTheDocument();
});

test("a friend is removed only by who says so when asked, and Cancel, which has the focus, changes nothing", async () => {
  serve("friends");
  let removed = 0;
  server.use(
    http.delete(`/v1/friends/${ben.id}`, () => {
      removed += 1;
      return new Response(null, { status: 204 });
    }),
  );
  renderSignedIn(ann, <Ben />);
  const menu = await screen.findByRole("button", { name: "Friends with Ben" });
  await userEvent.click(menu);
  await userEvent.click(await screen.findByRole("menuitem", { name: "Remove friend" }));
  expect(
    await screen.findByRole("alertdialog", { name: "Remove Ben as a friend?" }),
  ).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Cancel" })).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  await waitFor(() => expect(screen.queryByRole("alertdialog")).not.toBeInTheDocument());
  expect(removed).toBe(0);
  // Whoever came by the menu is back at it.
  expect(menu).toHaveFocus();
  await userEvent.click(menu);
  await userEvent.click(await screen.findByRole("menuitem", { name: "Remove friend" }));
  await userEvent.click(await screen.findByRole("button", { name: "Remove friend" }));
  await waitFor(() => expect(removed).toBe(1));
});
