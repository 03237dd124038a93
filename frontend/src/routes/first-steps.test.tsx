import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { ann, ben } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import FirstSteps from "./first-steps";

const nobody = { recent: [], more_recent: false, friends: [], more_friends: false };

const steps = () => screen.getAllByRole("link").map((link) => link.getAttribute("href"));

test("a newcomer is led to a picture, to people and to a first word, and sees what is done", () => {
  renderSignedIn(ann, <FirstSteps chats={nobody} />);
  expect(steps()).toEqual(["/people/ann", "/explore", "/chat"]);
  expect(screen.queryByText(/done/)).not.toBeInTheDocument();
});

test("the first friend is the one to say hello to", () => {
  renderSignedIn(ann, <FirstSteps chats={{ ...nobody, friends: [{ peer: ben }] }} />);
  expect(steps()[2]).toBe("/chat/ben");
  expect(screen.getByRole("link", { name: /Find people, done/ })).toBeInTheDocument();
});

test("the steps stay hidden for whoever doesn't want them", async () => {
  const { unmount } = renderSignedIn(ann, <FirstSteps chats={nobody} />);
  await userEvent.click(screen.getByRole("button", { name: "Hide these steps" }));
  expect(screen.queryByRole("link")).not.toBeInTheDocument();
  unmount();
  renderSignedIn(ann, <FirstSteps chats={nobody} />);
  expect(screen.queryByRole("link")).not.toBeInTheDocument();
});
