import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { Comment, Post } from "@/lib/api/types";
import { liveEvents } from "@/lib/live/live-events";
import { ann, ben, postBy } from "@/testing/people";
import { said, showPost } from "@/testing/post-page";
import { answer, gate, http, refuse, server } from "@/testing/server";

let comments: Comment[] = [];

const show = (post: Post) => showPost(post, () => comments);

beforeEach(() => {
  localStorage.clear();
  comments = [said("first!")];
});

async function write(text: string) {
  await userEvent.type(await screen.findByRole("textbox", { name: "Write a comment" }), text);
  await userEvent.click(screen.getByRole("button", { name: "Send the comment" }));
}

test("a comment stands under the post at once, and counts", async () => {
  const post = { ...postBy(ben, "hello"), comment_count: 1 };
  const { opened, open } = gate();
  server.use(
    http.post(`/v1/posts/${post.id}/comments`, async () => {
      await opened;
      comments = [...comments, said("well said", ann, "e3")];
      return answer({ id: comments[1]?.id, position: "e3" }, { status: 201 });
    }),
  );
  show(post);
  await screen.findByText("first!");
  await write("well said");
  expect(await screen.findByText("well said")).toBeInTheDocument();
  expect(screen.getByText("Sending…")).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "2 comments" })).toBeInTheDocument();
  open();
  await waitFor(() => expect(screen.queryByText("Sending…")).not.toBeInTheDocument());
  expect(screen.getAllByText("well said")).toHaveLength(1);
});

test("a comment that is refused goes back to where it was written", async () => {
  const post = { ...postBy(ben, "hello"), comment_count: 1 };
  server.use(http.post(`/v1/posts/${post.id}/comments`, () => refuse(404, "post-not-found")));
  show(post);
  await screen.findByText("first!");
  await write("well said");
  await waitFor(() =>
    expect(screen.getByRole("textbox", { name: "Write a comment" })).toHaveValue("well said"),
  );
  expect(screen.getByRole("link", { name: "1 comment" })).toBeInTheDocument();
  expect(screen.getAllByRole("article", { name: /^Comment by/ })).toHaveLength(1);
});

test("a comment written offline waits, outlives the page, and is there once", async () => {
  const post = { ...postBy(ben, "hello"), comment_count: 1 };
  const path = `/v1/posts/${post.id}/comments`;
  const keys: (string | null)[] = [];
  server.use(
    http.post(path, ({ request }) => {
      keys.push(request.headers.get("Idempotency-Key"));
      return HttpResponse.error();
    }),
  );
  const page = show(post);
  await screen.findByText("first!");
  await write("well said");
  expect(await screen.findByText("Waiting for a connection")).toBeInTheDocument();
  page.unmount();

  server.use(
    http.post(path, ({ request }) => {
      keys.push(request.headers.get("Idempotency-Key"));
      comments = [...comments, said("well said", ann, "e3")];
      return answer({ id: comments[1]?.id, position: "e3" }, { status: 201 });
    }),
  );
  show(post);
  await waitFor(() => expect(comments).toHaveLength(2));
  await waitFor(() =>
    expect(screen.queryByText("Waiting for a connection")).not.toBeInTheDocument(),
  );
  expect(screen.getAllByText("well said")).toHaveLength(1);
  expect(new Set(keys).size).toBe(1);
});

/** Comments in pages of twenty, as the server gives them out. */
function serveInPages(post: Post) {
  server.use(
    http.get(`/v1/posts/${post.id}/comments`, ({ request }) => {
      const from = Number(new URL(request.url).searchParams.get("cursor") ?? 0);
      const next = from + 20 < comments.length ? String(from + 20) : null;
      return answer({ items: comments.slice(from, from + 20), next_cursor: next });
    }),
    http.post(`/v1/posts/${post.id}/comments`, async ({ request }) => {
      const { text } = (await request.json()) as { text: string };
      const comment = said(text, ann, `e${comments.length + 2}`);
      comments = [...comments, comment];
      return answer({ id: comment.id, position: comment.position }, { status: 201 });
    }),
  );
}

test("one's own comment stays in sight when there are more than have been loaded", async () => {
  comments = Array.from({ length: 34 }, (_, n) => said(`remark ${n + 1}`, ben, `e${n + 2}`));
  const post = { ...postBy(ben, "hello"), comment_count: 34 };
  show(post);
  serveInPages(post);
  await screen.findByText("remark 20");
  await write("well said");
  expect(await screen.findByText("well said")).toBeInTheDocument();
  await waitFor(() => expect(screen.queryByText("Sending…")).not.toBeInTheDocument());
  expect(comments).toHaveLength(35);
  expect(screen.getByText("well said")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Show more comments" }));
  await screen.findByText("remark 34");
  expect(screen.getAllByText("well said")).toHaveLength(1);
});

test("comments that others write are announced, and shown when one asks", async () => {
  const post = { ...postBy(ben, "hello"), comment_count: 1 };
  show(post);
  serveInPages(post);
  await screen.findByText("first!");
  expect(screen.queryByRole("button", { name: /new comment/ })).not.toBeInTheDocument();
  comments = [...comments, said("second!", ben, "e3")];
  act(() =>
    liveEvents.receivers()["post:counts"]({ post: post.id, like_count: 0, comment_count: 2 }),
  );
  await userEvent.click(await screen.findByRole("button", { name: "Show 1 new comment" }));
  const second = await screen.findByText("second!");
  await waitFor(() => expect(second.closest("article")).toHaveFocus());
  expect(screen.queryByRole("button", { name: /new comment/ })).not.toBeInTheDocument();

  // One's own is no news.
  await write("well said");
  expect(await screen.findByText("well said")).toBeInTheDocument();
  act(() =>
    liveEvents.receivers()["post:counts"]({ post: post.id, like_count: 0, comment_count: 3 }),
  );
  await waitFor(() => expect(screen.queryByText("Sending…")).not.toBeInTheDocument());
  expect(screen.queryByRole("button", { name: /new comment/ })).not.toBeInTheDocument();
});

test("a post whose comments are open is watched, wherever on its page one reads", async () => {
  const watched: unknown[] = [];
  liveEvents.connected(async (event, payload) => {
    watched.push([event, payload]);
    return { ok: true };
  });
  const post = { ...postBy(ben, "hello"), comment_count: 1 };
  show(post);
  await waitFor(() => expect(watched).toContainEqual(["post:watch", { posts: [post.id] }]));
  liveEvents.disconnected();
});

test("two comments that aren't for everybody aren't announced", async () => {
  const post = { ...postBy(ben, "hello"), comment_count: 3 };
  show(post);
  await screen.findByText("first!");
  expect(screen.queryByRole("button", { name: /new comment/ })).not.toBeInTheDocument();
});

test("a refused change of a comment stays where it was written, until it is taken", async () => {
  comments = [said("frist!", ann)];
  const post = { ...postBy(ben, "hello"), comment_count: 1 };
  let refused = true;
  server.use(
    http.patch(`/v1/posts/${post.id}/comments/${comments[0]?.id}`, () =>
      refused ? refuse(503, "unavailable") : answer({ position: "e9" }),
    ),
  );
  show(post);
  await userEvent.click(await screen.findByRole("button", { name: /More about the comment/ }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Edit comment" }));
  const editor = await screen.findByRole("textbox", { name: "Edit comment" });
  await userEvent.clear(editor);
  await userEvent.type(editor, "first!");
  await userEvent.keyboard("{Escape}");
  expect(editor).toHaveValue("first!");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText(/Your change wasn’t saved/)).toBeInTheDocument();
  expect(editor).toHaveValue("first!");
  refused = false;
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("first!")).toBeInTheDocument();
  await waitFor(() => expect(editor).not.toBeInTheDocument());
});

test("a half-changed comment is found again as one left it", async () => {
  comments = [said("frist!", ann)];
  const post = { ...postBy(ben, "hello"), comment_count: 1 };
  const edit = async () => {
    await userEvent.click(await screen.findByRole("button", { name: /More about the comment/ }));
    await userEvent.click(await screen.findByRole("menuitem", { name: "Edit comment" }));
    return screen.findByRole("textbox", { name: "Edit comment" });
  };
  const page = show(post);
  await userEvent.type(await edit(), " And more");
  page.unmount();
  show(post);
  expect(await edit()).toHaveValue("frist! And more");
  await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
  expect(await edit()).toHaveValue("frist!");
});

test("a comment is deleted once that is confirmed, and is back if the server refuses", async () => {
  comments = [said("oops", ann)];
  const post = { ...postBy(ben, "hello"), comment_count: 1 };
  let refused = true;
  server.use(
    http.delete(`/v1/posts/${post.id}/comments/${comments[0]?.id}`, () => {
      if (refused) return refuse(503, "unavailable");
      comments = [];
      return new Response(null, { status: 204 });
    }),
  );
  show(post);
  const remove = async () => {
    await userEvent.click(await screen.findByRole("button", { name: /More about the comment/ }));
    await userEvent.click(await screen.findByRole("menuitem", { name: "Delete comment" }));
    const dialog = await screen.findByRole("alertdialog", { name: "Delete this comment?" });
    await userEvent.click(within(dialog).getByRole("button", { name: "Delete comment" }));
  };
  await remove();
  expect(await screen.findByText(/wasn’t deleted/)).toBeInTheDocument();
  expect(screen.getByText("oops")).toBeInTheDocument();
  refused = false;
  await remove();
  await waitFor(() => expect(screen.queryByText("oops")).not.toBeInTheDocument());
  expect(await screen.findByText("Nobody has said anything yet.")).toBeInTheDocument();
});
