import { QueryClient } from "@tanstack/react-query";
import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { liveEvents } from "@/lib/live/live-events";
import { keys } from "@/lib/query";
import { ann, ben, postBy } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, http, server } from "@/testing/server";
import { FeedNews } from "./feed-news";
import { PostList } from "./post-list";
import { PostWatch } from "./post-watch";
import { useFeed } from "./use-posts";

afterEach(() => {
  liveEvents.disconnected();
  vi.useRealTimers();
});

function Home() {
  const feed = useFeed();
  return (
    <>
      <FeedNews feed={feed} />
      <PostList query={feed} label="Feed" empty={<p>Nothing yet</p>} />
    </>
  );
}

const hear = (position: string) => act(() => liveEvents.receivers()["feed:new"]({ position }));

test("new posts are announced, once each, and shown when one asks for them", async () => {
  window.scrollTo = vi.fn() as never;
  const old = { ...postBy(ben, "old news"), position: "e10" };
  const posts = [old];
  const asked: (string | null)[] = [];
  server.use(
    http.get("/v1/feed", ({ request }) => {
      asked.push(request.headers.get("Echo-Min-Position"));
      return answer({ items: posts, next_cursor: null });
    }),
  );
  renderSignedIn(ann, <Home />);
  await screen.findByText("old news");
  hear("e10");
  expect(screen.queryByRole("button", { name: /new post/ })).not.toBeInTheDocument();
  hear("e11");
  hear("e12");
  hear("e12");
  posts.unshift({ ...postBy(ben, "the newest"), position: "e12" });
  expect(screen.queryByText("the newest")).not.toBeInTheDocument();
  await userEvent.click(await screen.findByRole("button", { name: "2 new posts" }));
  const feed = screen.getByRole("region", { name: "Feed" });
  expect(await within(feed).findByText("the newest")).toBeInTheDocument();
  await waitFor(() =>
    expect(screen.queryByRole("button", { name: /new post/ })).not.toBeInTheDocument(),
  );
  expect(asked.at(-1)).toContain("e12");
});

test("what was published while there was no connection is announced with the next one", async () => {
  const posts = [{ ...postBy(ben, "old news"), position: "e10" }];
  server.use(http.get("/v1/feed", () => answer({ items: posts, next_cursor: null })));
  renderSignedIn(ann, <Home />);
  await screen.findByText("old news");
  posts.unshift({ ...postBy(ben, "missed"), position: "e11" });
  liveEvents.connected(async () => ({ ok: true }));
  expect(await screen.findByRole("button", { name: "1 new post" })).toBeInTheDocument();
  expect(screen.queryByText("missed")).not.toBeInTheDocument();
});

test("what is on screen is watched, anew with each connection, and its counts stay true", async () => {
  vi.useFakeTimers();
  const asked: unknown[] = [];
  const connect = () =>
    liveEvents.connected(async (_event, payload) => {
      asked.push(payload);
      return { ok: true };
    });
  const queries = new QueryClient();
  const post = postBy(ben, "hello");
  queries.setQueryData(keys.post(post.id), post);
  const watch = new PostWatch();
  const stop = watch.start(queries);
  connect();
  watch.appear(post.id);
  watch.appear("another");
  watch.disappear("another");
  vi.advanceTimersByTime(1_000);
  watch.appear(post.id);
  watch.disappear(post.id);
  vi.advanceTimersByTime(1_000);
  expect(asked).toEqual([{ posts: [post.id] }]);
  connect();
  expect(asked).toEqual([{ posts: [post.id] }, { posts: [post.id] }]);
  liveEvents.receivers()["post:counts"]({ post: post.id, like_count: 7, comment_count: 2 });
  expect(queries.getQueryData(keys.post(post.id))).toMatchObject({
    like_count: 7,
    comment_count: 2,
  });
  stop();
});
