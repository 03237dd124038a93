import { QueryClient } from "@tanstack/react-query";
import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Link, Route, Routes, useNavigate } from "react-router";
import { afterEach, expect, test, vi } from "vitest";
import type { Post } from "@/lib/api/types";
import { liveEvents } from "@/lib/live/live-events";
import { keys } from "@/lib/query";
import { ann, ben, postBy } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, http, server } from "@/testing/server";
import { Composer } from "./composer";
import { FeedNews } from "./feed-news";
import { PostList } from "./post-list";
import { PostWatch } from "./post-watch";
import { usePostDelivery } from "./use-post-outbox";
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

function WithComposer() {
  usePostDelivery();
  return (
    <>
      <Composer />
      <Home />
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

/** A feed of one's own and a friend's posts, and how often it was asked for. */
function serveFeed(...posts: Post[]) {
  const feed = [...posts];
  let asked = 0;
  server.use(
    http.get("/v1/users/:username/posts", () => answer({ items: [], next_cursor: null })),
    http.get("/v1/feed", () => {
      asked += 1;
      return answer({ items: feed, next_cursor: null });
    }),
  );
  return { feed, asked: () => asked };
}

test("a window that is focused after a while moves nothing, and says what is new", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { feed } = serveFeed({ ...postBy(ben, "old news"), position: "e10" });
  renderSignedIn(ann, <Home />);
  await screen.findByText("old news");
  feed.unshift({ ...postBy(ben, "the newest"), position: "e11" });
  vi.setSystemTime(Date.now() + 60_000);
  window.dispatchEvent(new Event("focus"));
  document.dispatchEvent(new Event("visibilitychange"));
  expect(await screen.findByRole("button", { name: "1 new post" })).toBeInTheDocument();
  expect(screen.queryByText("the newest")).not.toBeInTheDocument();
});

test("one's own new post isn't announced, and hides nobody else's announcement", async () => {
  serveFeed({ ...postBy(ben, "old news"), position: "e10" });
  server.use(http.post("/v1/posts", () => answer({ id: "p1", position: "e12" }, { status: 201 })));
  renderSignedIn(ann, <WithComposer />);
  await screen.findByText("old news");
  hear("e11");
  await screen.findByRole("button", { name: "1 new post" });
  await userEvent.type(screen.getByRole("textbox", { name: "Text 1 of 1" }), "mine");
  await userEvent.click(screen.getByRole("button", { name: "Publish to everyone" }));
  await screen.findByText("Published.");
  hear("e12");
  expect(screen.getByRole("button", { name: "1 new post" })).toBeInTheDocument();
});

test("the same post that one publishes in another tab appears in this one, once", async () => {
  serveFeed({ ...postBy(ben, "old news"), position: "e10" });
  renderSignedIn(ann, <WithComposer />);
  await screen.findByText("old news");
  const other = new BroadcastChannel("echo-posts");
  const post = { ...postBy(ann, "from the other tab"), position: "e12" };
  other.postMessage(post);
  other.postMessage(post);
  other.postMessage({ ...postBy(ben, "not mine"), position: "e13" });
  expect(await screen.findByText("from the other tab")).toBeInTheDocument();
  other.close();
  expect(screen.queryByText("not mine")).not.toBeInTheDocument();
});

function Pages() {
  return (
    <>
      <Link to="/">Home</Link>
      <Link to="/away">Away</Link>
      <Routes>
        <Route path="/" element={<Home />} />
        <Route path="*" element={<Back />} />
      </Routes>
    </>
  );
}

function Back() {
  const navigate = useNavigate();
  return (
    <button type="button" onClick={() => navigate(-1)}>
      Back
    </button>
  );
}

test("who comes back to a list finds it as it was, and who visits it anew begins at the newest", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { asked } = serveFeed({ ...postBy(ben, "old news"), position: "e10" });
  renderSignedIn(ann, <Pages />);
  await screen.findByText("old news");
  await userEvent.click(screen.getByRole("link", { name: "Away" }));
  vi.setSystemTime(Date.now() + 60_000);
  await userEvent.click(screen.getByRole("button", { name: "Back" }));
  await screen.findByText("old news");
  expect(asked()).toBe(1);
  await userEvent.click(screen.getByRole("link", { name: "Away" }));
  await userEvent.click(screen.getByRole("link", { name: "Home" }));
  await screen.findByText("old news");
  await waitFor(() => expect(asked()).toBe(2));
});
