import { onlineManager } from "@tanstack/react-query";
import { act, screen, waitFor } from "@testing-library/react";
import { HttpResponse } from "msw";
import { expect, test, vi } from "vitest";
import { ann, postBy } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, http, refuse, server } from "@/testing/server";
import { PostList } from "./post-list";
import { useFeed } from "./use-posts";

function Feed() {
  return <PostList query={useFeed()} label="Feed" empty={<p>Nothing yet</p>} />;
}

function serve(count: number) {
  const items = Array.from({ length: count }, (_, n) => ({
    ...postBy(ann, `Post ${n + 1}`),
    id: `p${n + 1}`,
  }));
  server.use(http.get("/v1/feed", () => answer({ items, next_cursor: null })));
}

test("a short list is in the document as a whole", async () => {
  serve(20);
  renderSignedIn(ann, <Feed />);
  await screen.findByText("Post 1");
  expect(screen.getAllByRole("article")).toHaveLength(20);
});

test("of a long list only what is near the screen stays in the document, and says where it stands", async () => {
  // Nothing is laid out here: each post counts as a hundred pixels tall.
  const box = { top: 0, bottom: 100, left: 0, right: 390, width: 390, height: 100 } as DOMRect;
  const layout = vi.spyOn(Element.prototype, "getBoundingClientRect").mockReturnValue(box);
  serve(100);
  const { container } = renderSignedIn(ann, <Feed />);
  await screen.findByText("Post 1");
  // Counted by their elements: to look for a role is to look at all of a large document, each time.
  await waitFor(() => expect(container.querySelectorAll("article").length).toBeLessThan(60));
  const first = screen.getByText("Post 1").closest("li");
  expect(first).toHaveAttribute("aria-setsize", "100");
  expect(first).toHaveAttribute("aria-posinset", "1");
  layout.mockRestore();
});

test("without a network the list says so, and comes by itself when there is one", async () => {
  onlineManager.setOnline(false);
  server.use(http.get("/v1/feed", () => HttpResponse.error()));
  renderSignedIn(ann, <Feed />, "/", { retry: true });
  expect(await screen.findByRole("heading", { name: "You’re offline" })).toBeVisible();
  serve(3);
  act(() => onlineManager.setOnline(true));
  expect(await screen.findByText("Post 1")).toBeInTheDocument();
  expect(screen.queryByText("You’re offline")).not.toBeInTheDocument();
});

test("a list that failed is asked for again when there is a network again", async () => {
  server.use(http.get("/v1/feed", () => refuse(503, "unavailable")));
  renderSignedIn(ann, <Feed />);
  await screen.findByText("This couldn’t be loaded");
  serve(3);
  act(() => void window.dispatchEvent(new Event("online")));
  expect(await screen.findByText("Post 1")).toBeInTheDocument();
});
