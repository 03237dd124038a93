import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Route, Routes } from "react-router";
import { expect, test, vi } from "vitest";
import type { Block } from "@/lib/api/types";
import { ann, ben, postBy } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, http, server } from "@/testing/server";
import { PostCard } from "./post-card";
import { PostList } from "./post-list";
import { useFeed } from "./use-posts";

function Feed() {
  return <PostList query={useFeed()} label="Feed" empty={<p>Nothing yet</p>} />;
}

const image = (url: string): Block => ({
  type: "image",
  media_id: "m1",
  url,
  medium_url: `${url}-medium`,
  thumbnail_url: `${url}-small`,
  width: 400,
  height: 3_000,
  blurhash: "LEHV6nWB2yk8",
  alt: "A tower",
});

test("a post that is tall by its lines or pictures is folded, until one asks for all of it", async () => {
  const height = vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(5_000);
  renderSignedIn(ann, <PostCard post={postBy(ben, "line\n".repeat(90))} />);
  const button = await screen.findByRole("button", { name: "Show the whole post" });
  await userEvent.click(button);
  expect(button).not.toBeInTheDocument();
  height.mockRestore();
});

test("a post on its own page, or of the usual height, isn't folded", () => {
  const height = vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(5_000);
  renderSignedIn(ann, <PostCard post={postBy(ben, "tall")} whole />);
  expect(screen.queryByRole("button", { name: "Show the whole post" })).not.toBeInTheDocument();
  height.mockReturnValue(500);
  renderSignedIn(ann, <PostCard post={postBy(ben, "short")} />);
  expect(screen.queryByRole("button", { name: "Show the whole post" })).not.toBeInTheDocument();
  height.mockRestore();
});

test("a picture whose address has ended is shown by a new one, fetched once", async () => {
  const old = { ...postBy(ben, ""), blocks: [image("/media/old")] };
  let asked = 0;
  server.use(
    http.get("/v1/feed", () => answer({ items: [old], next_cursor: null })),
    http.get(`/v1/posts/${old.id}`, () => {
      asked += 1;
      return answer({ ...old, blocks: [image("/media/new")] });
    }),
  );
  renderSignedIn(ann, <Feed />);
  const picture = await screen.findByRole("img", { name: "A tower" });
  fireEvent.error(picture);
  fireEvent.error(picture);
  await waitFor(() => expect(picture).toHaveAttribute("src", "/media/new"));
  expect(asked).toBe(1);
  fireEvent.error(picture);
  await waitFor(() => expect(asked).toBe(2));
  fireEvent.error(picture);
  expect(asked).toBe(2);
});

test("a tap on a post's text opens it; one on a link in it follows the link", async () => {
  const post = postBy(ben, "See https://example.org or ask @cleo");
  renderSignedIn(
    ann,
    <Routes>
      <Route path="/" element={<PostCard post={post} />} />
      <Route path="/people/:username" element={<p>A person</p>} />
      <Route path="/posts/:id" element={<p>The post</p>} />
    </Routes>,
  );
  const link = screen.getByRole("link", { name: "https://example.org" });
  expect(link).toHaveAttribute("rel", "nofollow noopener noreferrer ugc");
  await userEvent.click(screen.getByText(/or ask/));
  expect(await screen.findByText("The post")).toBeInTheDocument();
});

test("a person named in a post is one tap away", async () => {
  renderSignedIn(
    ann,
    <Routes>
      <Route path="/" element={<PostCard post={postBy(ben, "Ask @Cleo_2!")} />} />
      <Route path="/people/cleo_2" element={<p>A person</p>} />
    </Routes>,
  );
  await userEvent.click(screen.getByRole("link", { name: "@Cleo_2" }));
  expect(await screen.findByText("A person")).toBeInTheDocument();
});
