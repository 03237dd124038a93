import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse } from "msw";
import { useState } from "react";
import { expect, test, vi } from "vitest";
import type { Post } from "@/lib/api/types";
import { ann, ben, postBy } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, gate, http, refuse, server } from "@/testing/server";
import { Composer } from "./composer";
import { PostList } from "./post-list";
import { usePostDelivery } from "./use-post-outbox";
import { useFeed } from "./use-posts";

function Home() {
  usePostDelivery();
  return (
    <>
      <Composer />
      <PostList query={useFeed()} waiting="all" label="Feed" empty={<p>Nothing yet</p>} />
    </>
  );
}

/** A feed that holds what was published, and a publish that the test decides. */
function serve(publish: () => Promise<Response>) {
  const posts = [postBy(ann, "An older post")];
  const keys: (string | null)[] = [];
  server.use(
    http.get("/v1/feed", () => answer({ items: posts, next_cursor: null })),
    http.get("/v1/users/:username/posts", () => answer({ items: [], next_cursor: null })),
    http.post("/v1/posts", async ({ request }) => {
      keys.push(request.headers.get("Idempotency-Key"));
      const response = await publish();
      if (response.ok) posts.unshift(postBy(ann, "Hello world"));
      return response;
    }),
  );
  return keys;
}

async function write(text: string) {
  await screen.findByText("An older post");
  await userEvent.type(screen.getByRole("textbox", { name: "Text 1 of 1" }), text);
  await userEvent.click(screen.getByRole("button", { name: "Publish to everyone" }));
}

const shown = () =>
  within(screen.getByRole("region", { name: "Feed" }))
    .getAllByRole("article")
    .map((article) => article.textContent);

test("a post stands in the feed before the server has answered, and stays", async () => {
  const { opened, open } = gate();
  serve(async () => {
    await opened;
    return answer({ id: "p1", position: "e9" }, { status: 201 });
  });
  renderSignedIn(ann, <Home />);
  await write("Hello world");
  await waitFor(() => expect(shown()[0]).toContain("Hello world"));
  expect(shown()[0]).toContain("Publishing…");
  expect(screen.getByRole("textbox", { name: "Text 1 of 1" })).toHaveValue("");

  open();
  await waitFor(() => expect(shown()[0]).not.toContain("Publishing…"));
  expect(shown()).toHaveLength(2);
});

test("a refused post leaves the feed again and is back in the editor, with the reason", async () => {
  const { opened, open } = gate();
  serve(async () => {
    await opened;
    return refuse(422, "validation-failed");
  });
  renderSignedIn(ann, <Home />);
  await write("Hello world");
  await waitFor(() => expect(shown()).toHaveLength(2));

  open();
  await waitFor(() => expect(shown()).toHaveLength(1));
  expect(shown()[0]).toContain("An older post");
  expect(screen.getByRole("textbox", { name: "Text 1 of 1" })).toHaveValue("Hello world");
  expect(screen.getAllByText(/Your post wasn’t published/)[0]).toBeInTheDocument();
});

test("a post whose answer was lost goes out again by itself, under the same key, and is there once", async () => {
  let lost = true;
  const keys = serve(async () => {
    if (!lost) return answer({ id: "p1", position: "e9" }, { status: 201 });
    lost = false;
    return refuse(503, "unavailable");
  });
  renderSignedIn(ann, <Home />);
  await write("Hello world");
  expect(await screen.findByText("Waiting for a connection")).toBeInTheDocument();
  expect(await screen.findByText("Published.")).toBeInTheDocument();
  await waitFor(() => expect(shown()).toHaveLength(2));
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBe(keys[1]);
});

test("what is published offline outlives the page, and is sent once when it is opened again", async () => {
  const offline = serve(async () => HttpResponse.error());
  const page = renderSignedIn(ann, <Home />);
  await write("Hello world");
  expect(await screen.findByText("Waiting for a connection")).toBeInTheDocument();
  page.unmount();

  const online = serve(async () => answer({ id: "p1", position: "e9" }, { status: 201 }));
  renderSignedIn(ann, <Home />);
  expect(await screen.findByText("Published.")).toBeInTheDocument();
  expect(online).toEqual([offline[0]]);
  await waitFor(() => expect(shown()).toHaveLength(2));
  expect(shown()[0]).toContain("Hello world");
  expect(screen.getByRole("textbox", { name: "Text 1 of 1" })).toHaveValue("");
});

test("a post that arrives while the feed is still being read is there all the same", async () => {
  serve(async () => HttpResponse.error());
  const page = renderSignedIn(ann, <Home />);
  await write("Hello world");
  await screen.findByText("Waiting for a connection");
  page.unmount();
  const { opened, open } = gate();
  server.use(
    http.get("/v1/feed", async () => {
      await opened;
      return answer({ items: [postBy(ann, "An older post")], next_cursor: null });
    }),
    http.post("/v1/posts", () => answer({ id: "p1", position: "e9" }, { status: 201 })),
  );
  renderSignedIn(ann, <Home />);
  await screen.findByText("Published.");
  open();
  await screen.findByText("An older post");
  await waitFor(() => expect(shown()[0]).toContain("Hello world"));
});

test("what waits can be discarded, and isn't sent then", async () => {
  serve(async () => HttpResponse.error());
  const page = renderSignedIn(ann, <Home />);
  await write("Hello world");
  await userEvent.click(await screen.findByRole("button", { name: "Discard" }));
  expect(shown()).toHaveLength(1);
  page.unmount();
  const keys = serve(async () => answer({ id: "p1", position: "e9" }, { status: 201 }));
  renderSignedIn(ann, <Home />);
  await screen.findByText("An older post");
  expect(keys).toEqual([]);
});

test("a refused post waits beside what has been begun meanwhile, and goes back to the editor when that is free", async () => {
  const { opened, open } = gate();
  serve(async () => {
    await opened;
    return refuse(422, "media-expired");
  });
  renderSignedIn(ann, <Home />);
  await write("Hello world");
  const editor = screen.getByRole("textbox", { name: "Text 1 of 1" });
  await userEvent.type(editor, "Something else");
  open();
  expect(await screen.findByText(/This picture waited too long/)).toBeInTheDocument();
  expect(editor).toHaveValue("Something else");
  expect(screen.queryByRole("button", { name: "Back to the editor" })).not.toBeInTheDocument();
  await userEvent.clear(editor);
  await waitFor(() =>
    expect(screen.getByRole("textbox", { name: "Text 1 of 1" })).toHaveValue("Hello world"),
  );
  expect(shown()).toHaveLength(1);
});

test("the audience is shown before one writes, and stays as it was chosen last", async () => {
  serve(async () => answer({ id: "p1", position: "e9" }, { status: 201 }));
  const page = renderSignedIn(ann, <Home />);
  await screen.findByText("An older post");
  await userEvent.click(await screen.findByRole("button", { name: "Who can read this: Public" }));
  await userEvent.click(await screen.findByRole("menuitemradio", { name: "Friends only" }));
  page.unmount();

  const again = renderSignedIn(ann, <Home />);
  await screen.findByRole("button", { name: "Who can read this: Friends only" });
  await userEvent.type(screen.getByRole("textbox", { name: "Text 1 of 1" }), "Hello world");
  await userEvent.click(screen.getByRole("button", { name: "Publish to friends" }));
  expect(await screen.findByText("Published.")).toBeInTheDocument();
  expect(
    screen.getByRole("button", { name: "Who can read this: Friends only" }),
  ).toBeInTheDocument();
  again.unmount();

  renderSignedIn(ben, <Home />);
  expect(
    await screen.findByRole("button", { name: "Who can read this: Public" }),
  ).toBeInTheDocument();
});

test("a device that doesn't know somebody yet takes the audience of their latest post", async () => {
  serve(async () => answer({ id: "p1", position: "e9" }, { status: 201 }));
  const last: Post = { ...postBy(ann, "for friends"), visibility: "friends" };
  server.use(http.get("/v1/users/ann/posts", () => answer({ items: [last], next_cursor: null })));
  renderSignedIn(ann, <Home />);
  await userEvent.type(await screen.findByRole("textbox", { name: "Text 1 of 1" }), "Hello");
  expect(await screen.findByRole("button", { name: "Publish to friends" })).toBeInTheDocument();
  expect(screen.getByRole("textbox", { name: "Text 1 of 1" })).toHaveValue("Hello");
});

test("a draft is discarded, and comes back when that was a slip", async () => {
  serve(async () => answer({ id: "p1", position: "e9" }, { status: 201 }));
  renderSignedIn(ann, <Home />);
  await screen.findByText("An older post");
  await userEvent.type(screen.getByRole("textbox", { name: "Text 1 of 1" }), "Hello world");
  await userEvent.click(screen.getByRole("button", { name: "Discard draft" }));
  expect(screen.getByRole("textbox", { name: "Text 1 of 1" })).toHaveValue("");
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  expect(screen.getByRole("textbox", { name: "Text 1 of 1" })).toHaveValue("Hello world");
});

test("what is written isn't lost with the page, and the keyboard stays in a text that is emptied", async () => {
  serve(async () => answer({ id: "p1", position: "e9" }, { status: 201 }));
  const page = renderSignedIn(ann, <Home />);
  await screen.findByText("An older post");
  await userEvent.type(screen.getByRole("textbox", { name: "Text 1 of 1" }), "Half a thou");
  page.unmount();
  renderSignedIn(ann, <Home />);
  const editor = await screen.findByRole("textbox", { name: "Text 1 of 1" });
  expect(editor).toHaveValue("Half a thou");
  await userEvent.clear(editor);
  expect(editor).toHaveFocus();
  expect(editor).toBeInTheDocument();
});

test("a picture goes on uploading while one is elsewhere", async () => {
  const { opened, open } = gate();
  serve(async () => answer({ id: "p1", position: "e9" }, { status: 201 }));
  server.use(
    http.post("/v1/media", async () => {
      await opened;
      return answer(uploaded, { status: 201 });
    }),
  );
  function Pages() {
    const [home, setHome] = useState(true);
    return (
      <>
        <button type="button" onClick={() => setHome(!home)}>
          Go
        </button>
        {home && <Home />}
      </>
    );
  }
  renderSignedIn(ann, <Pages />);
  await addPicture();
  await userEvent.click(screen.getByRole("button", { name: "Go" }));
  open();
  await userEvent.click(screen.getByRole("button", { name: "Go" }));
  const publish = await screen.findByRole("button", { name: "Publish to everyone" });
  await waitFor(() => expect(publish).toBeEnabled());
  expect(screen.getByRole("img", { name: "cat.png" })).toBeInTheDocument();
  expect(screen.getByText(/One picture has no description yet/)).toBeInTheDocument();
});

test("the first part's way up is no way, and the keyboard stays on its button", async () => {
  serve(async () => refuse(500, "unexpected"));
  renderSignedIn(ann, <Home />);
  await userEvent.type(await screen.findByRole("textbox", { name: "Text 1 of 1" }), "one");
  await userEvent.click(screen.getByRole("button", { name: "Add text" }));
  await userEvent.type(screen.getByRole("textbox", { name: "Text 2 of 2" }), "two");
  await userEvent.click(screen.getByRole("button", { name: "Move text 2 up" }));
  const button = screen.getByRole("button", { name: "Move text 1 up" });
  expect(button).toHaveFocus();
  expect(button).toHaveAttribute("aria-disabled", "true");
});

test("blocks are moved by keyboard, and the move is announced", async () => {
  serve(async () => refuse(500, "unexpected"));
  renderSignedIn(ann, <Home />);
  await userEvent.type(screen.getByRole("textbox", { name: "Text 1 of 1" }), "first");
  await userEvent.click(screen.getByRole("button", { name: "Add text" }));
  const second = screen.getByRole("textbox", { name: "Text 2 of 2" });
  expect(second).toHaveFocus();
  await userEvent.type(second, "second");
  await userEvent.keyboard("{Alt>}{ArrowUp}{/Alt}");
  expect(screen.getAllByRole("textbox").map((box) => (box as HTMLTextAreaElement).value)).toEqual([
    "second",
    "first",
  ]);
  expect(screen.getByText("Moved to position 1 of 2.")).toBeInTheDocument();
});

const uploaded = {
  id: "0198a1b2-0000-7000-b000-000000000001",
  url: "/v1/media/one/original",
  medium_url: "/v1/media/one/medium",
  thumbnail_url: "/v1/media/one/thumbnail",
  width: 40,
  height: 30,
  blurhash: "LEHV6nWB2yk8",
  alt: "",
  position: "e9",
};

async function addPicture() {
  await screen.findByText("An older post");
  await userEvent.type(screen.getByRole("textbox", { name: "Text 1 of 1" }), "Look");
  const picker = screen.getByLabelText<HTMLInputElement>("Add pictures", { selector: "input" });
  await userEvent.upload(picker, new File(["x"], "cat.png", { type: "image/png" }));
}

test("a post is published with a picture and what it shows, in the order that was chosen", async () => {
  const bodies: unknown[] = [];
  serve(async () => answer({ id: "p1", position: "e9" }, { status: 201 }));
  server.use(
    http.post("/v1/media", () => answer(uploaded, { status: 201 })),
    http.post("/v1/posts", async ({ request }) => {
      bodies.push(await request.json());
      return answer({ id: "p1", position: "e9" }, { status: 201 });
    }),
  );
  renderSignedIn(ann, <Home />);
  await addPicture();
  const alt = await screen.findByRole("textbox", { name: "Picture 2 of 2: What does it show?" });
  await userEvent.type(alt, "A cat");
  await userEvent.click(screen.getByRole("button", { name: "Move picture 2 up" }));
  await waitFor(() =>
    expect(screen.getByRole("button", { name: "Publish to everyone" })).toBeEnabled(),
  );
  await userEvent.click(screen.getByRole("button", { name: "Publish to everyone" }));
  await waitFor(() =>
    expect(bodies).toEqual([
      {
        blocks: [
          { type: "image", media_id: uploaded.id, alt: "A cat" },
          { type: "text", text: "Look" },
        ],
        visibility: "public",
      },
    ]),
  );
});

test("a picture that doesn't arrive holds the post up until it is tried again or taken out", async () => {
  let refused = true;
  serve(async () => answer({ id: "p1", position: "e9" }, { status: 201 }));
  server.use(
    http.post("/v1/media", () =>
      refused ? refuse(503, "unavailable") : answer(uploaded, { status: 201 }),
    ),
  );
  renderSignedIn(ann, <Home />);
  await addPicture();
  const again = await screen.findByRole("button", { name: "Upload cat.png again" });
  expect(screen.getByRole("button", { name: "Publish to everyone" })).toBeDisabled();
  refused = false;
  await userEvent.click(again);
  await waitFor(() =>
    expect(screen.getByRole("button", { name: "Publish to everyone" })).toBeEnabled(),
  );
  await userEvent.click(screen.getByRole("button", { name: "Remove picture 2" }));
  expect(screen.queryByRole("img", { name: "cat.png" })).not.toBeInTheDocument();
});

test("a part is dragged past its neighbours by its handle", async () => {
  serve(async () => refuse(503, "busy"));
  renderSignedIn(ann, <Home />);
  await userEvent.type(await screen.findByRole("textbox", { name: "Text 1 of 1" }), "one");
  for (const [n, text] of [
    [2, "two"],
    [3, "three"],
  ] as const) {
    await userEvent.click(screen.getByRole("button", { name: "Add text" }));
    await userEvent.type(screen.getByRole("textbox", { name: `Text ${n} of ${n}` }), text);
  }
  const texts = () =>
    screen
      .getAllByRole<HTMLTextAreaElement>("textbox", { name: /^Text \d of 3$/ })
      .map((text) => text.value);
  // Each part is a hundred pixels tall.
  const boxes = vi.spyOn(Element.prototype, "getBoundingClientRect");
  boxes.mockImplementation(function (this: Element) {
    const place = [...(this.parentElement?.children ?? [])].indexOf(this);
    return new DOMRect(0, place * 100, 300, 100);
  });
  const first = screen.getByRole("textbox", { name: "Text 1 of 3" }).closest("li");
  const handle = first?.querySelector("[title='Drag to move']");
  if (!handle) throw new Error("there is a handle");
  fireEvent.pointerDown(handle, { button: 0, clientY: 20 });
  fireEvent.pointerMove(window, { clientY: 140 });
  expect(texts()).toEqual(["one", "two", "three"]);
  fireEvent.pointerMove(window, { clientY: 160 });
  expect(texts()).toEqual(["two", "one", "three"]);
  fireEvent.pointerMove(window, { clientY: 270 });
  expect(texts()).toEqual(["two", "three", "one"]);
  expect(screen.getByText("Moved to position 3 of 3.")).toBeInTheDocument();
  fireEvent.pointerUp(window);
  fireEvent.pointerMove(window, { clientY: 0 });
  expect(texts()).toEqual(["two", "three", "one"]);
  boxes.mockRestore();
});

test("a line after an empty one begins a part of its own, which Backspace takes away again", async () => {
  serve(async () => refuse(503, "busy"));
  renderSignedIn(ann, <Home />);
  const only = await screen.findByRole("textbox", { name: "Text 1 of 1" });
  await userEvent.type(only, "one{Enter}still one{Enter}{Enter}two");
  expect(screen.getByRole("textbox", { name: "Text 1 of 2" })).toHaveValue("one\nstill one");
  const second = screen.getByRole("textbox", { name: "Text 2 of 2" });
  expect(second).toHaveValue("two");
  expect(second).toHaveFocus();
  await userEvent.clear(second);
  await userEvent.keyboard("{Backspace}");
  expect(screen.getByRole("textbox", { name: "Text 1 of 1" })).toHaveFocus();
});
