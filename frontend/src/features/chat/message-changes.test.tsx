import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import type { Message } from "@/lib/api/types";
import { drafts } from "@/lib/drafts";
import { ann, ben, message } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, gate, http, refuse, server } from "@/testing/server";
import { ChatProvider } from "./chat-provider";
import { Conversation } from "./conversation";

vi.mock("socket.io-client", () => ({
  io: () => ({ connected: false, connect() {}, disconnect() {}, on() {} }),
}));

const mine = message(2, ann, ben, "hello bne");
const path = `/v1/conversations/${ben.id}/messages`;

function serve(messages: Message[]) {
  server.use(
    http.get(path, () =>
      answer({
        items: messages.toReversed(),
        next_cursor: null,
        peer: ben,
        can_send: true,
        read_up_to: "c1",
        peer_read_up_to: null,
      }),
    ),
  );
}

beforeEach(() => {
  vi.unstubAllGlobals();
  drafts.close();
  serve([message(1, ben, ann, "hi ann"), mine]);
});

const show = () =>
  renderSignedIn(
    ann,
    <ChatProvider>
      <Conversation peer={ben} />
    </ChatProvider>,
  );

const theChat = () => within(screen.getByRole("region", { name: "Chat with Ben" }));

async function choose(item: string) {
  await userEvent.click(await screen.findByRole("button", { name: "More about your message" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: item }));
}

async function change(text: string) {
  const editor = await screen.findByRole("textbox", { name: "Edit your message" });
  await userEvent.clear(editor);
  await userEvent.type(editor, `${text}{Enter}`);
}

test("a message is changed at once, and stays so when the server has done it", async () => {
  const { opened, open } = gate();
  const sent: unknown[] = [];
  server.use(
    http.patch(`${path}/c2`, async ({ request }) => {
      sent.push(await request.json());
      await opened;
      return answer({ id: mine.id, position: "c3" });
    }),
  );
  show();
  await choose("Edit");
  await change("hello ben");
  await waitFor(() => expect(theChat().getByText("hello ben")).toBeInTheDocument());
  expect(theChat().getByText("edited")).toBeInTheDocument();
  open();
  expect(await screen.findByRole("textbox", { name: "Write a message" })).toBeInTheDocument();
  expect(sent).toEqual([{ text: "hello ben" }]);
  expect(theChat().getByText("hello ben")).toBeInTheDocument();
});

test("a change that is refused is taken back and says why, and its text is still there to try again", async () => {
  let refused = true;
  server.use(
    http.patch(`${path}/c2`, () =>
      refused ? refuse(503, "unavailable") : answer({ id: mine.id, position: "c3" }),
    ),
  );
  show();
  await choose("Edit");
  await change("hello ben");
  expect(await screen.findByText(/wasn’t changed/)).toBeInTheDocument();
  expect(theChat().getByText("hello bne")).toBeInTheDocument();
  expect(theChat().queryByText("edited")).not.toBeInTheDocument();
  const editor = screen.getByRole("textbox", { name: "Edit your message" });
  expect(editor).toHaveValue("hello ben");

  refused = false;
  await userEvent.type(editor, "{Enter}");
  expect(await screen.findByRole("textbox", { name: "Write a message" })).toBeInTheDocument();
  expect(theChat().getByText("hello ben")).toBeInTheDocument();
});

test("a change that was begun is found again after the chat was left", async () => {
  const left = show();
  await choose("Edit");
  await userEvent.type(
    await screen.findByRole("textbox", { name: "Edit your message" }),
    ", dear Ben",
  );
  left.unmount();
  show();
  await choose("Edit");
  expect(await screen.findByRole("textbox", { name: "Edit your message" })).toHaveValue(
    "hello bne, dear Ben",
  );
});

test("the arrow up changes one's last message, and Escape leaves it as it is", async () => {
  show();
  const composer = await screen.findByRole("textbox", { name: "Write a message" });
  await userEvent.type(composer, "{ArrowUp}");
  const editor = await screen.findByRole("textbox", { name: "Edit your message" });
  expect(editor).toHaveValue("hello bne");
  await userEvent.keyboard("{Escape}");
  expect(editor).not.toBeInTheDocument();
  expect(theChat().getByText("hello bne")).toBeInTheDocument();
});

test("what was changed isn't thrown away unasked", async () => {
  show();
  await choose("Edit");
  const editor = await screen.findByRole("textbox", { name: "Edit your message" });
  await userEvent.type(editor, "!{Escape}");
  await userEvent.click(await screen.findByRole("button", { name: "Keep editing" }));
  expect(editor).toHaveValue("hello bne!");
  await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
  await userEvent.click(await screen.findByRole("button", { name: "Discard" }));
  expect(editor).not.toBeInTheDocument();
  expect(theChat().getByText("hello bne")).toBeInTheDocument();
});

test("a message is deleted once that is confirmed, and is back if the server refuses", async () => {
  let refused = true;
  server.use(
    http.delete(`${path}/c2`, () =>
      refused
        ? refuse(503, "unavailable")
        : new Response(null, { status: 204, headers: { "Echo-Position": "c3" } }),
    ),
  );
  show();
  await choose("Delete");
  const question = () => screen.findByRole("alertdialog", { name: "Delete this message?" });
  await userEvent.click(within(await question()).getByRole("button", { name: "Cancel" }));
  expect(screen.getByText("hello bne")).toBeInTheDocument();

  await choose("Delete");
  await userEvent.click(within(await question()).getByRole("button", { name: "Delete" }));
  expect(await screen.findByText("hello bne")).toBeInTheDocument();
  expect(await screen.findByText(/busy right now/)).toBeInTheDocument();

  refused = false;
  await choose("Delete");
  await userEvent.click(within(await question()).getByRole("button", { name: "Delete" }));
  expect(await screen.findByText("This message was deleted.")).toBeInTheDocument();
  expect(screen.queryByText("hello bne")).not.toBeInTheDocument();
});

test("a picture is uploaded and sent with the message; one of the wrong kind is refused in words", async () => {
  const sent: unknown[] = [];
  const media = {
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
  server.use(
    http.post("/v1/media", () => answer(media, { status: 201 })),
    http.post(path, async ({ request }) => {
      const body = (await request.json()) as { id: string };
      sent.push(body);
      return answer({ id: body.id, position: "c3", at: new Date().toISOString() }, { status: 201 });
    }),
  );
  show();
  const picker = await screen.findByLabelText<HTMLInputElement>("Add pictures", {
    selector: "input",
  });
  const user = userEvent.setup({ applyAccept: false });
  await user.upload(picker, [
    new File(["x"], "cat.png", { type: "image/png" }),
    new File(["x"], "film.mp4", { type: "video/mp4" }),
  ]);
  expect(await screen.findByText(/film.mp4: This file isn’t a picture/)).toBeInTheDocument();
  const attached = await screen.findByRole("list", { name: "Pictures of this message" });
  expect(within(attached).getAllByRole("listitem")).toHaveLength(1);
  await waitFor(() => expect(screen.getByRole("button", { name: "Send" })).toBeEnabled());
  await user.click(screen.getByRole("button", { name: "Send" }));
  expect(await screen.findByRole("link", { name: "Open the picture" })).toHaveAttribute(
    "href",
    media.url,
  );
  expect(sent).toEqual([{ id: expect.any(String), text: "", media_ids: [media.id] }]);
  expect(attached).not.toBeInTheDocument();
});

test("an upload that fails can be tried again or given up", async () => {
  server.use(http.post("/v1/media", () => refuse(503, "unavailable")));
  show();
  const picker = await screen.findByLabelText<HTMLInputElement>("Add pictures", {
    selector: "input",
  });
  await userEvent.upload(picker, new File(["x"], "cat.png", { type: "image/png" }));
  expect(await screen.findByRole("button", { name: "Upload cat.png again" })).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Send" })).toBeDisabled();
  await userEvent.click(screen.getByRole("button", { name: "Remove cat.png" }));
  expect(screen.queryByText("cat.png")).not.toBeInTheDocument();
});

test("the keys of an input method neither send nor leave what is written", async () => {
  show();
  const composer = await screen.findByRole("textbox", { name: "Write a message" });
  await userEvent.type(composer, "にほん");
  fireEvent.keyDown(composer, { key: "Enter", isComposing: true });
  // Safari has ended the composition by then, and tells it by the code alone.
  fireEvent.keyDown(composer, { key: "Enter", keyCode: 229 });
  expect(composer).toHaveValue("にほん");

  await choose("Edit");
  const editor = await screen.findByRole("textbox", { name: "Edit your message" });
  fireEvent.keyDown(editor, { key: "Escape", keyCode: 229 });
  fireEvent.keyDown(editor, { key: "Enter", keyCode: 229 });
  expect(editor).toBeInTheDocument();
});

test("on a touch keyboard Enter makes a new line and says so; with Ctrl it sends everywhere", async () => {
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  const sent: unknown[] = [];
  server.use(
    http.post(path, async ({ request }) => {
      const body = (await request.json()) as { id: string; text: string };
      sent.push(body.text);
      return answer({ id: body.id, position: "c3", at: new Date().toISOString() }, { status: 201 });
    }),
  );
  show();
  const composer = await screen.findByRole("textbox", { name: "Write a message" });
  expect(composer).toHaveAttribute("enterkeyhint", "enter");
  await userEvent.type(composer, "one{Enter}two");
  expect(composer).toHaveValue("one\ntwo");
  await userEvent.type(composer, "{Control>}{Enter}{/Control}");
  await waitFor(() => expect(sent).toEqual(["one\ntwo"]));
});

test("a picture can be described, and goes up with its description", async () => {
  const alts: (string | null)[] = [];
  server.use(
    http.post("/v1/media", ({ request }) => {
      const alt = new URL(request.url).searchParams.get("alt");
      alts.push(alt);
      const id = `0198a1b2-0000-7000-b000-00000000000${alts.length}`;
      const url = `/v1/media/${id}/original`;
      const shape = { width: 40, height: 30, blurhash: "LEHV6nWB2yk8" };
      return answer(
        { id, url, medium_url: url, thumbnail_url: url, ...shape, alt: alt ?? "", position: "e9" },
        { status: 201 },
      );
    }),
  );
  show();
  const picker = await screen.findByLabelText<HTMLInputElement>("Add pictures", {
    selector: "input",
  });
  await userEvent.upload(picker, new File(["x"], "cat.png", { type: "image/png" }));
  await userEvent.click(await screen.findByRole("button", { name: "Describe cat.png" }));
  await userEvent.type(
    await screen.findByRole("textbox", { name: "Describe the picture" }),
    "A cat asleep",
  );
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByRole("img", { name: "A cat asleep" })).toBeInTheDocument();
  await waitFor(() => expect(alts).toEqual([null, "A cat asleep"]));
  await waitFor(() => expect(screen.getByRole("button", { name: "Send" })).toBeEnabled());
});
