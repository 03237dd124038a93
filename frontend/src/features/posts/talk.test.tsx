import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import type { Comment, Post } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { ann, ben, postBy } from "@/testing/people";
import { said, showPost } from "@/testing/post-page";
import { answer, gate, http, refuse, server } from "@/testing/server";

let comments: Comment[] = [];

const show = (post: Post) => showPost(post, () => comments);

beforeEach(() => {
  localStorage.clear();
  comments = [said("first!")];
});

test("a like shows at once, and goes again if the server refuses it", async () => {
  const post = { ...postBy(ben, "hello"), like_count: 2 };
  const { opened, open } = gate();
  server.use(
    http.put(`/v1/posts/${post.id}/like`, async () => {
      await opened;
      return refuse(503, "unavailable");
    }),
  );
  show(post);
  const like = await screen.findByRole("button", { name: "Like" });
  expect(like).toHaveAttribute("aria-pressed", "false");
  await userEvent.click(like);
  await waitFor(() => expect(like).toHaveAttribute("aria-pressed", "true"));
  expect(screen.getByRole("button", { name: "3 likes, show who" })).toBeInTheDocument();
  open();
  await waitFor(() => expect(like).toHaveAttribute("aria-pressed", "false"));
  expect(screen.getByRole("button", { name: "2 likes, show who" })).toBeInTheDocument();
  expect(await screen.findByText(/Your like didn’t go through/)).toBeInTheDocument();
});

test("a like is taken back by a second click", async () => {
  const post = { ...postBy(ben, "hello"), like_count: 1, liked: true };
  const sent: string[] = [];
  server.use(
    http.delete(`/v1/posts/${post.id}/like`, () => {
      sent.push("unlike");
      return new Response(null, { status: 204 });
    }),
  );
  show(post);
  await userEvent.click(await screen.findByRole("button", { name: "Like" }));
  await waitFor(() => expect(sent).toEqual(["unlike"]));
  expect(screen.queryByRole("button", { name: /likes?: who/ })).not.toBeInTheDocument();
});

test("who likes a post can be looked up", async () => {
  const post = { ...postBy(ann, "hello"), like_count: 1 };
  server.use(
    http.get(`/v1/posts/${post.id}/likes`, () => answer({ items: [ben], next_cursor: null })),
  );
  show(post);
  await userEvent.click(await screen.findByRole("button", { name: "1 like, show who" }));
  const dialog = await screen.findByRole("dialog", { name: "Liked by" });
  expect(await within(dialog).findByText("@ben")).toBeInTheDocument();
});

test("one's own post is deleted and put back if the server refuses; others' are reported", async () => {
  const post = postBy(ann, "mine");
  server.use(http.delete(`/v1/posts/${post.id}`, () => refuse(503, "unavailable")));
  show(post);
  await userEvent.click(await screen.findByRole("button", { name: /More about the post/ }));
  expect(screen.queryByRole("menuitem", { name: "Report" })).not.toBeInTheDocument();
  await userEvent.click(await screen.findByRole("menuitem", { name: "Delete" }));
  const dialog = await screen.findByRole("alertdialog", { name: "Delete this post?" });
  await userEvent.click(within(dialog).getByRole("button", { name: "Delete" }));
  expect(await screen.findByText(/Your post wasn’t deleted/)).toBeInTheDocument();
  expect(screen.getByText("mine")).toBeInTheDocument();
});

test("a post is reported with a reason and a word", async () => {
  const post = postBy(ben, "buy now");
  const sent: unknown[] = [];
  server.use(
    http.post("/v1/reports", async ({ request }) => {
      sent.push(await request.json());
      return answer({ id: post.id, position: "e9" }, { status: 201 });
    }),
  );
  show(post);
  await userEvent.click(await screen.findByRole("button", { name: /More about the post/ }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Report" }));
  expect(await screen.findByRole("button", { name: "Send the report" })).toBeDisabled();
  await userEvent.click(screen.getByRole("radio", { name: "It’s spam" }));
  await userEvent.type(screen.getByRole("textbox", { name: "Anything to add?" }), "again");
  await userEvent.click(screen.getByRole("button", { name: "Send the report" }));
  expect(await screen.findByText(/Thank you/)).toBeInTheDocument();
  expect(sent).toEqual([{ subject: { post_id: post.id }, reason: "spam", note: "again" }]);
});

test("a refused change of a post stays in the editor, until it is taken", async () => {
  const post = postBy(ann, "mien");
  const sent: unknown[] = [];
  let refused = true;
  show(post);
  server.use(
    http.patch(`/v1/posts/${post.id}`, async ({ request }) => {
      sent.push(await request.json());
      return refused ? refuse(503, "unavailable") : answer({ position: "e9" });
    }),
  );
  await userEvent.click(await screen.findByRole("button", { name: /More about the post/ }));
  expect(screen.queryByRole("menuitem", { name: "Edit history" })).not.toBeInTheDocument();
  await userEvent.click(await screen.findByRole("menuitem", { name: "Edit post" }));
  const text = await screen.findByRole("textbox", { name: "Text 1 of 1" });
  await userEvent.clear(text);
  await userEvent.type(text, "mine");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText(/Your change wasn’t saved/)).toBeInTheDocument();
  expect(text).toHaveValue("mine");
  refused = false;
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(text).not.toBeInTheDocument());
  expect(await screen.findByText("mine")).toBeInTheDocument();
  const body = { blocks: [{ type: "text", text: "mine" }], visibility: "public" };
  expect(sent).toEqual([body, body]);
});

test("a changed post isn't thrown away by Escape unasked, and an unchanged one closes", async () => {
  const post = postBy(ann, "mine");
  show(post);
  const edit = async () => {
    await userEvent.click(await screen.findByRole("button", { name: /More about the post/ }));
    await userEvent.click(await screen.findByRole("menuitem", { name: "Edit post" }));
    return screen.findByRole("textbox", { name: "Text 1 of 1" });
  };
  const untouched = await edit();
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(untouched).not.toBeInTheDocument());

  const text = await edit();
  await userEvent.type(text, " and more");
  await userEvent.keyboard("{Escape}");
  const asking = await screen.findByRole("alertdialog");
  expect(text).toHaveValue("mine and more");
  await userEvent.click(within(asking).getByRole("button", { name: t.discard.confirm }));
  await waitFor(() => expect(text).not.toBeInTheDocument());
});

test("how a post read before it was changed can be looked up", async () => {
  const post = { ...postBy(ben, "now"), edited_at: "2026-01-03T03:04:05.000Z" };
  const version = (text: string, current: boolean, position: string) => ({
    blocks: [{ type: "text", text }],
    visibility: "public",
    written_at: "2026-01-02T03:04:05.000Z",
    current,
    position,
  });
  server.use(
    http.get(`/v1/posts/${post.id}/history`, () =>
      answer({
        items: [version("now", true, "e5"), version("then", false, "e2")],
        next_cursor: null,
      }),
    ),
  );
  show(post);
  await userEvent.click(await screen.findByRole("button", { name: /More about the post/ }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Edit history" }));
  const dialog = await screen.findByRole("dialog", { name: "Edit history" });
  expect(await within(dialog).findByText("then")).toBeInTheDocument();
  expect(within(dialog).getByText("Current version")).toBeInTheDocument();
});
