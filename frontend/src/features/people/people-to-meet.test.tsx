import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { Person } from "@/lib/api/types";
import { ann, ben } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, http, server } from "@/testing/server";
import PeopleToMeet from "./people-to-meet";

const named = (n: number, name: string): Person => ({
  ...ben,
  id: `0198a1b2-0000-7000-8000-00000000002${n}`,
  username: name.toLowerCase(),
  display_name: name,
});
const [cem, dea, eva, fay] = [named(1, "Cem"), named(2, "Dea"), named(3, "Eva"), named(4, "Fay")];

function serve({ friends = [], suggestions = [], asked = [] }: Record<string, Person[]>) {
  const list = (items: unknown[]) => answer({ items, next_cursor: null });
  server.use(
    http.get("/v1/friends", () => list(friends)),
    http.get("/v1/suggestions", () =>
      list(suggestions.map((person) => ({ ...person, mutual_friends: 2 }))),
    ),
    http.get("/v1/friend-requests", ({ request }) =>
      list(new URL(request.url).searchParams.get("direction") === "outgoing" ? asked : []),
    ),
  );
}

const names = () => screen.getAllByRole("link").map((link) => link.getAttribute("href"));

test("a newcomer meets those who write, apart from whom they know, have asked or are", async () => {
  serve({ friends: [ben], suggestions: [eva], asked: [cem] });
  renderSignedIn(
    ann,
    <PeopleToMeet authors={[ann, ben, cem, dea, dea, eva, fay, named(5, "Gus")]} />,
  );
  await screen.findByRole("heading", { name: "People to meet" });
  expect(names()).toEqual(["/people/eva", "/people/dea", "/people/fay"]);
  expect(screen.getByText("2 mutual friends")).toBeInTheDocument();

  const sent: unknown[] = [];
  server.use(
    http.post("/v1/friend-requests", async ({ request }) => {
      sent.push(await request.json());
      return answer({ position: "e4" }, { status: 201 });
    }),
  );
  serve({ friends: [ben], asked: [cem, eva] });
  await userEvent.click(screen.getByRole("button", { name: "Add friend: Eva" }));
  await waitFor(() => expect(sent).toEqual([{ user_id: eva.id }]));
  await waitFor(() => expect(names()).toEqual(["/people/dea", "/people/fay", "/people/gus"]));
});

test("whoever has friends enough is shown nobody", async () => {
  serve({ friends: [ben, cem, dea, eva, fay] });
  const { queries } = renderSignedIn(ann, <PeopleToMeet authors={[named(6, "Hal")]} />);
  await waitFor(() => expect(queries.isFetching()).toBe(0));
  expect(screen.queryByText("Hal")).not.toBeInTheDocument();
});
