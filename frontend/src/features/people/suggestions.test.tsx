import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { ann, ben } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, gate, http, refuse, server } from "@/testing/server";
import Suggestions from "./suggestions";

test("who was asked leaves the suggestions at once, and comes back if that was refused", async () => {
  let readable = true;
  server.use(
    http.get("/v1/suggestions", () =>
      readable
        ? answer({ items: [{ ...ben, mutual_friends: 2 }], next_cursor: null })
        : refuse(503, "unavailable"),
    ),
  );
  const { opened, open } = gate();
  server.use(
    http.post("/v1/friend-requests", async ({ request }) => {
      expect(await request.json()).toEqual({ user_id: ben.id });
      await opened;
      return refuse(409, "already-requested");
    }),
  );
  renderSignedIn(ann, <Suggestions />);
  expect(await screen.findByText("2 mutual friends")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Add friend: Ben" }));
  expect(await screen.findByText("No suggestions yet")).toBeInTheDocument();
  // Reading them anew would put it right as well; here only taking it back can.
  readable = false;
  open();
  expect(await screen.findByText("2 mutual friends")).toBeInTheDocument();
  expect(screen.getAllByText(/You’ve asked already/)[0]).toBeInTheDocument();
});
