import { act, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Notification, Person } from "@/lib/api/types";
import { liveEvents } from "@/lib/live/live-events";
import { ann, ben } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, http, refuse, server } from "@/testing/server";
import { NotificationList } from "./notification-list";
import { useLiveNotifications, useUnseenCount } from "./use-notifications";

const named = (n: number, name: string) => ({
  ...ben,
  id: `0198a1b2-0000-7000-8000-00000000001${n}`,
  username: name.toLowerCase(),
  display_name: name,
});

const liked = (names: string[], count: number, seen = false): Notification => ({
  id: "0198a1b2-0000-7000-b000-000000000001",
  type: "like",
  actors: names.map((name, i) => named(i, name)),
  actor_count: count,
  post: {
    id: "0198a1b2-0000-7000-9000-000000000001",
    excerpt: "First light",
    thumbnail_url: null,
  },
  comment: null,
  seen,
  at: "2026-01-02T03:04:05.000Z",
  position: "e7",
});

function serve(items: Notification[], unseen: number) {
  const state = { items, unseen, seen: [] as unknown[] };
  server.use(
    http.get("/v1/notifications", () => answer({ items: state.items, next_cursor: null })),
    http.get("/v1/notifications/unread-count", () => answer({ unread_count: state.unseen })),
    http.put("/v1/notifications/seen", async ({ request }) => {
      state.seen.push(await request.json());
      state.unseen = 0;
      return new Response(null, { status: 204 });
    }),
  );
  return state;
}

const answers = (person: Person) => <button type="button">Accept {person.display_name}</button>;
const list = <NotificationList answers={answers} headings="h2" />;

function Count() {
  useLiveNotifications();
  return <p data-testid="count">{useUnseenCount()}</p>;
}

test("likes of one post are told in one line, that leads to the post", async () => {
  serve([liked(["Ben", "Cem", "Dea"], 5)], 1);
  renderSignedIn(ann, list);
  const line = await screen.findByRole("link");
  expect(line).toHaveTextContent("Ben, Cem, and 3 others liked your post");
  expect(line).toHaveTextContent("First light");
  for (const name of ["Ben", "Cem"]) expect(within(line).getByText(name)).toHaveClass("font-bold");
  expect(line).toHaveAttribute("href", "/posts/0198a1b2-0000-7000-9000-000000000001");
});

test("what is new, of today and older stands apart, and a post is known by its picture", async () => {
  const item = (n: number, name: string, more: Partial<Notification>): Notification => ({
    ...liked([name], 1, true),
    id: `0198a1b2-0000-7000-b000-00000000000${n}`,
    ...more,
  });
  const post = {
    id: "0198a1b2-0000-7000-9000-000000000001",
    excerpt: "",
    thumbnail_url: "/v1/media/a/thumbnail",
  };
  serve(
    [
      item(1, "Ben", { seen: false }),
      item(2, "Cem", { at: new Date().toISOString(), post }),
      item(3, "Dea", {}),
    ],
    1,
  );
  const { container } = renderSignedIn(ann, list);
  await screen.findByRole("heading", { name: "New" });
  // Whoever has no picture shows an initial.
  const rows = screen.getAllByRole("listitem").map((row) => row.textContent?.slice(0, 10));
  expect(rows).toEqual(["New", "BNew: Ben ", "Today", "CCem liked", "Earlier", "DDea liked"]);
  const thumbnails = [...container.querySelectorAll("img")].map((image) => image.src);
  expect(thumbnails).toEqual([expect.stringContaining("/v1/media/a/thumbnail")]);
});

test("a friend request is answered in its line, and leads to who it is from", async () => {
  const request: Notification = { ...liked(["Ben"], 1), type: "friend_request", post: null };
  serve([request], 1);
  renderSignedIn(ann, list);
  const line = await screen.findByRole("link", { name: /Ben would like to be friends/ });
  expect(line).toHaveAttribute("href", "/people/ben");
  const accept = screen.getByRole("button", { name: "Accept Ben" });
  expect(line).not.toContainElement(accept);
});

test("to look at them is to have seen them, up to the newest and once", async () => {
  const state = serve([liked(["Ben"], 1)], 1);
  renderSignedIn(
    ann,
    <>
      <Count />
      {list}
    </>,
  );
  expect(await screen.findByRole("link", { name: /Ben liked your post/ })).toBeInTheDocument();
  await waitFor(() => expect(state.seen).toEqual([{ up_to: "e7" }]));
  expect(screen.getByTestId("count")).toHaveTextContent("0");
});

test("what couldn't be marked as seen counts as new again", async () => {
  serve([liked(["Ben"], 1)], 4);
  let refused = false;
  server.use(
    http.put("/v1/notifications/seen", () => {
      refused = true;
      return refuse(503, "unavailable");
    }),
  );
  renderSignedIn(
    ann,
    <>
      <Count />
      {list}
    </>,
  );
  await waitFor(() => expect(refused).toBe(true));
  await waitFor(() => expect(screen.getByTestId("count")).toHaveTextContent("4"));
});

test("a new one is counted as it comes, and read with its names", async () => {
  const state = serve([], 0);
  renderSignedIn(
    ann,
    <>
      <Count />
      {list}
    </>,
  );
  expect(await screen.findByText("Nothing new yet")).toBeInTheDocument();
  state.items = [liked(["Ben"], 1, true)];
  state.unseen = 1;
  const [notification] = state.items;
  act(() =>
    liveEvents.receivers()["notification:new"]({
      notification: { ...notification, actors: [ben.id], post: notification?.post?.id },
      unread_count: 1,
    }),
  );
  await waitFor(() => expect(screen.getByTestId("count")).toHaveTextContent("1"));
  expect(await screen.findByRole("link", { name: /Ben liked your post/ })).toBeInTheDocument();
});
