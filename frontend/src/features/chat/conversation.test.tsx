import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import type { Message } from "@/lib/api/types";
import { keys } from "@/lib/query";
import { ann, ben, message } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, gate, http, refuse, server } from "@/testing/server";
import { ChatProvider } from "./chat-provider";
import { ChatSidebar } from "./chat-sidebar";
import { Conversation } from "./conversation";

// No gateway here: messages go by HTTP, as they do whenever there is no socket.
vi.mock("socket.io-client", () => ({
  io: () => ({ connected: false, connect() {}, disconnect() {}, on() {} }),
}));

const reads: unknown[] = [];

function serve(messages: Message[], canSend = true) {
  reads.length = 0;
  const peer = ben;
  server.use(
    http.get("/v1/chat/sidebar", () =>
      answer({
        recent: messages.length ? [{ peer, last_message: messages.at(-1), unread_count: 1 }] : [],
        more_recent: false,
        friends: messages.length ? [] : [{ peer }],
        more_friends: false,
      }),
    ),
    http.get(`/v1/conversations/${ben.id}/messages`, () =>
      answer({
        items: messages.toReversed(),
        next_cursor: null,
        peer,
        can_send: canSend,
        read_up_to: null,
        peer_read_up_to: null,
      }),
    ),
    http.put(`/v1/conversations/${ben.id}/read`, async ({ request }) => {
      reads.push(await request.json());
      return new Response(null, { status: 204 });
    }),
  );
}

const show = () =>
  renderSignedIn(
    ann,
    <ChatProvider>
      <ChatSidebar />
      <Conversation peer={ben} />
    </ChatProvider>,
  );

async function write(text: string) {
  await userEvent.type(await screen.findByRole("textbox", { name: "Write a message" }), text);
  await userEvent.keyboard("{Enter}");
}

beforeEach(() => {
  serve([message(1, ben, ann, "hi ann")]);
});

test("a message is in the chat before the server has it, then counts as sent", async () => {
  const { opened, open } = gate();
  const sent: unknown[] = [];
  server.use(
    http.post(`/v1/conversations/${ben.id}/messages`, async ({ request }) => {
      const body = (await request.json()) as { id: string };
      sent.push(body);
      await opened;
      return answer({ id: body.id, position: "c2", at: new Date().toISOString() }, { status: 201 });
    }),
  );
  show();
  const chat = within(await screen.findByRole("region", { name: "Chat with Ben" }));
  await write("hello ben");
  expect(await chat.findByText("hello ben")).toBeInTheDocument();
  expect(chat.getByText("Sending…")).toBeInTheDocument();
  expect(screen.getByRole("textbox", { name: "Write a message" })).toHaveValue("");

  open();
  expect(await chat.findByText("Sent")).toBeInTheDocument();
  expect(chat.getAllByText("hello ben")).toHaveLength(1);
  expect(sent).toEqual([{ id: expect.any(String), text: "hello ben" }]);
  await waitFor(() => expect(screen.getByRole("link")).toHaveTextContent("You: hello ben"));
});

test("what is written grows out of the composer, and what was there before just stands", async () => {
  server.use(
    http.post(`/v1/conversations/${ben.id}/messages`, async ({ request }) => {
      const { id } = (await request.json()) as { id: string };
      return answer({ id, position: "c2", at: new Date().toISOString() }, { status: 201 });
    }),
  );
  show();
  const chat = within(await screen.findByRole("region", { name: "Chat with Ben" }));
  const moving = (text: string) => chat.getByText(text).closest("li > div");
  expect(moving("hi ann")).not.toHaveClass("animate-rise");
  await write("hello ben");
  await chat.findByText("hello ben");
  expect(moving("hello ben")).toHaveClass("animate-sent");
  expect(moving("hi ann")).not.toHaveClass("animate-rise");
});

test("a refused message stays, says so, and is sent again when asked", async () => {
  let refused = true;
  server.use(
    http.post(`/v1/conversations/${ben.id}/messages`, async ({ request }) => {
      if (refused) return refuse(403, "not-friends");
      const { id } = (await request.json()) as { id: string };
      return answer({ id, position: "c2", at: new Date().toISOString() }, { status: 201 });
    }),
  );
  show();
  const chat = within(await screen.findByRole("region", { name: "Chat with Ben" }));
  await write("hello ben");
  expect(await chat.findByText("Not sent")).toBeInTheDocument();
  refused = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await chat.findByText("Sent")).toBeInTheDocument();
});

test("a refused message that one gives up is gone", async () => {
  server.use(http.post(`/v1/conversations/${ben.id}/messages`, () => refuse(403, "not-friends")));
  show();
  await screen.findByRole("region", { name: "Chat with Ben" });
  await write("hello ben");
  await userEvent.click(await screen.findByRole("button", { name: "Delete" }));
  expect(screen.queryByText("hello ben")).not.toBeInTheDocument();
});

test("what is on screen is marked as read, once, and counts as unread no longer", async () => {
  show();
  await screen.findByRole("region", { name: "Chat with Ben" });
  await waitFor(() => expect(reads).toEqual([{ up_to: "c1" }]));
  expect(screen.queryByText("1 unread message")).not.toBeInTheDocument();
});

test("a message refused because the friendship ended says so, and nothing more can be written", async () => {
  server.use(http.post(`/v1/conversations/${ben.id}/messages`, () => refuse(403, "not-friends")));
  show();
  await screen.findByRole("region", { name: "Chat with Ben" });
  await write("hello ben");
  const failed = await screen.findByRole("alert");
  expect(failed).toHaveTextContent("Not sent");
  expect(failed).toHaveTextContent("Only friends can write to each other.");
  expect(screen.queryByRole("textbox", { name: "Write a message" })).not.toBeInTheDocument();
});

test("who becomes a friend again can write at once", async () => {
  serve([message(1, ben, ann, "hi ann")], false);
  const { queries } = show();
  await screen.findByText(/only friends can write/);
  serve([message(1, ben, ann, "hi ann")], true);
  await queries.invalidateQueries({ queryKey: keys.allCanSend });
  expect(await screen.findByRole("textbox", { name: "Write a message" })).toBeInTheDocument();
});

test("in a window without the focus nothing counts as read until somebody looks", async () => {
  const focus = vi.spyOn(document, "hasFocus").mockReturnValue(false);
  show();
  await screen.findByRole("region", { name: "Chat with Ben" });
  expect(await screen.findByText("New messages")).toBeInTheDocument();
  expect(screen.getByText("1 unread message")).toBeInTheDocument();
  expect(reads).toEqual([]);
  focus.mockReturnValue(true);
  act(() => void window.dispatchEvent(new Event("focus")));
  await waitFor(() => expect(reads).toEqual([{ up_to: "c1" }]));
  expect(screen.queryByText("1 unread message")).not.toBeInTheDocument();
});

test("what the server couldn't be told was read it is told when there is a connection", async () => {
  let there = false;
  server.use(
    http.put(`/v1/conversations/${ben.id}/read`, async ({ request }) => {
      if (!there) return refuse(503, "unavailable");
      reads.push(await request.json());
      return new Response(null, { status: 204 });
    }),
  );
  show();
  await screen.findByRole("region", { name: "Chat with Ben" });
  await waitFor(() => expect(screen.queryByText("1 unread message")).not.toBeInTheDocument());
  there = true;
  act(() => void window.dispatchEvent(new Event("online")));
  await waitFor(() => expect(reads).toEqual([{ up_to: "c1" }]));
});

test("a chat opens at what wasn't read, however many pages back it is", async () => {
  const all = Array.from({ length: 60 }, (_, i) => message(i + 1, ben, ann, `m${i + 1}`));
  server.use(
    http.get(`/v1/conversations/${ben.id}/messages`, ({ request }) => {
      const cursor = new URL(request.url).searchParams.get("cursor");
      const items = cursor ? all.slice(0, 20) : all.slice(20);
      return answer({
        items: items.toReversed(),
        next_cursor: cursor ? null : "older",
        peer: ben,
        can_send: true,
        read_up_to: "c10",
        peer_read_up_to: null,
      });
    }),
  );
  show();
  const chat = await screen.findByRole("region", { name: "Chat with Ben" });
  expect(await within(chat).findByText("New messages")).toBeInTheDocument();
  expect(within(chat).getByText("m11")).toBeInTheDocument();
});

test("who is no friend can read the chat but not write", async () => {
  serve([message(1, ben, ann, "hi ann")], false);
  show();
  expect(await screen.findByText(/only friends can write/)).toBeInTheDocument();
  expect(screen.queryByRole("textbox")).not.toBeInTheDocument();
});
