import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { ann, ben, profileOf } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, http, server } from "@/testing/server";
import { ProfileHeader } from "./profile-header";

test("the number of somebody's friends opens the list of them, each leading to their profile", async () => {
  server.use(http.get("/v1/users/ben/friends", () => answer({ items: [ann], next_cursor: null })));
  const profile = { ...profileOf(ben), counts: { posts: 0, friends: 1 } };
  renderSignedIn(ann, <ProfileHeader profile={profile} actions={null} />);
  await userEvent.click(screen.getByRole("button", { name: "1 friend" }));
  const dialog = await screen.findByRole("dialog", { name: "Friends of Ben" });
  const friend = await within(dialog).findByRole("link", { name: /@ann/ });
  expect(friend).toHaveAttribute("href", "/people/ann");
});

test("who has no friends has no list of them to open", () => {
  renderSignedIn(ann, <ProfileHeader profile={profileOf(ben)} actions={null} />);
  expect(screen.queryByRole("button", { name: /friend/ })).not.toBeInTheDocument();
});
