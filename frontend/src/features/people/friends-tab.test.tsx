import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { ann, ben } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, http, server } from "@/testing/server";
import { FriendsTab } from "./friends-tab";

const serve = (items: unknown[]) =>
  server.use(http.get("/v1/friends", () => answer({ items, next_cursor: null })));

test("a friend's line leads to them, and a quiet sign at its end to the chat", async () => {
  serve([ben]);
  renderSignedIn(ann, <FriendsTab mark={({ username }) => <i>{username} is online</i>} />);
  const line = await screen.findByRole("link", { name: /@ben/ });
  expect(line).toHaveAttribute("href", "/people/ben");
  expect(line).toHaveTextContent("ben is online");
  const chat = screen.getByRole("link", { name: "Message Ben" });
  expect(chat).toHaveAttribute("href", "/chat/ben");
});

test("who has no friends yet is shown where people are", async () => {
  serve([]);
  renderSignedIn(ann, <FriendsTab mark={() => null} />);
  expect(await screen.findByRole("link", { name: "Look around" })).toHaveAttribute(
    "href",
    "/explore",
  );
});
