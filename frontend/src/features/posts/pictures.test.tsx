import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { Block } from "@/lib/api/types";
import { ann } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { PostBlocks } from "./post-blocks";

const image = (n: number): Block => ({
  type: "image",
  media_id: `m${n}`,
  url: `/media/m${n}`,
  medium_url: `/media/m${n}/medium`,
  thumbnail_url: `/media/m${n}/thumbnail`,
  width: 800,
  height: 600,
  blurhash: "LEHV6nWB2yk8",
  alt: `Harbour ${n}`,
});

test("a picture opens large, leads to its neighbours by key and button, and gives the focus back", async () => {
  const blocks: Block[] = [image(1), { type: "text", text: "between" }, image(2), image(3)];
  renderSignedIn(ann, <PostBlocks blocks={blocks} />);
  const second = screen.getByRole("link", { name: "Open the picture: Harbour 2" });
  expect(second).toHaveAttribute("href", "/media/m2");
  await userEvent.click(second);

  const dialog = await screen.findByRole("dialog", { name: "Picture 2 of 3" });
  expect(within(dialog).getByRole("img", { name: "Harbour 2" })).toHaveAttribute(
    "src",
    "/media/m2",
  );
  await userEvent.keyboard("{ArrowRight}");
  expect(within(dialog).getByRole("img", { name: "Harbour 3" })).toBeVisible();
  expect(within(dialog).getByRole("button", { name: "Next picture" })).toBeDisabled();
  await userEvent.click(within(dialog).getByRole("button", { name: "Previous picture" }));
  await userEvent.keyboard("{ArrowLeft}{ArrowLeft}");
  expect(within(dialog).getByRole("img", { name: "Harbour 1" })).toBeVisible();

  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  expect(second).toHaveFocus();
});

test("a finger drawn across a picture leads to its neighbour, but not while it is large", async () => {
  renderSignedIn(ann, <PostBlocks blocks={[image(1), image(2)]} />);
  await userEvent.click(screen.getByRole("link", { name: "Open the picture: Harbour 1" }));
  const dialog = await screen.findByRole("dialog", { name: "Picture 1 of 2" });
  const draw = (from: number, to: number, pointerType = "touch") => {
    const [shown] = within(dialog).getAllByRole("img");
    if (!shown) throw new Error("there is a picture");
    const finger = { pointerId: 1, pointerType, isPrimary: true, clientY: 200 };
    fireEvent.pointerDown(shown, { ...finger, clientX: from });
    fireEvent.pointerUp(shown, { ...finger, clientX: to });
  };
  draw(300, 280);
  draw(300, 100, "mouse");
  expect(within(dialog).getByRole("img", { name: "Harbour 1" })).toBeVisible();
  draw(300, 100);
  expect(within(dialog).getByRole("img", { name: "Harbour 2" })).toBeVisible();
  await userEvent.click(within(dialog).getByRole("button", { name: "Zoom" }));
  draw(100, 300);
  expect(within(dialog).getByRole("img", { name: "Harbour 2" })).toBeVisible();
});

test("a picture that is gone has its place and opens nothing", () => {
  const gone = { ...image(1), url: null, medium_url: null, thumbnail_url: null } as Block;
  renderSignedIn(ann, <PostBlocks blocks={[gone]} />);
  expect(screen.getByRole("img", { name: "Harbour 1" })).toHaveAttribute("width", "800");
  expect(screen.queryByRole("link")).not.toBeInTheDocument();
});

const large = { ...image(1), width: 1500, height: 2000 } as Block;

test("a screen is offered the size that it needs, and the whole picture where somebody looks closer", async () => {
  renderSignedIn(ann, <PostBlocks blocks={[large]} />);
  const sources = "/media/m1/medium 810w, /media/m1 1500w";
  const shown = screen.getByRole("img", { name: "Harbour 1" });
  expect(shown).toHaveAttribute("srcset", sources);
  expect(shown).toHaveAttribute("sizes", "(min-width: 40rem) 37.5rem, 100vw");
  await userEvent.click(screen.getByRole("link", { name: "Open the picture: Harbour 1" }));
  const dialog = await screen.findByRole("dialog");
  const opened = within(dialog).getByRole("img", { name: "Harbour 1" });
  expect(opened).toHaveAttribute("srcset", sources);
  expect(opened).toHaveAttribute("sizes", "min(100vw, 1500px)");
  await userEvent.click(within(dialog).getByRole("button", { name: "Zoom" }));
  expect(opened).not.toHaveAttribute("srcset");
  expect(opened).toHaveAttribute("src", "/media/m1");
});

test("what is no larger than the middle size, or has none, has one source alone", () => {
  const old = { ...large, alt: "Harbour of old", medium_url: undefined } as unknown as Block;
  renderSignedIn(ann, <PostBlocks blocks={[image(1), old]} />);
  for (const name of ["Harbour 1", "Harbour of old"]) {
    expect(screen.getByRole("img", { name })).not.toHaveAttribute("srcset");
    expect(screen.getByRole("img", { name })).toHaveAttribute("src");
  }
});
