import { act, screen, waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import type { Message } from "@/lib/api/types";
import { ann, ben, message } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, gate, http, server } from "@/testing/server";
import { ChatProvider } from "./chat-provider";
import { ChatSidebar } from "./chat-sidebar";
import { Conversation } from "./conversation";

/** The gateway's side of the socket. */
const gateway = vi.hoisted(() => {
  const handlers = new Map<string, (payload?: unknown) => void>();
  const socket = {
    connected: false,
    connect() {
      socket.connected = true;
      handlers.get("connect")?.();
    },
    disconnect() {
      socket.connected = false;
    },
    on: (event: string, handler: (payload?: unknown) => void) => void handlers.set(event, handler),
    timeout: () => ({ emitWithAck: async () => ({ ok: true }) }),
  };
  return { socket, emit: (event: string, payload: unknown) => handlers.get(event)?.(payload) };
});
vi.mock("socket.io-client", () => ({ io: () => gateway.socket }));

const arrived = (sequence: number, text: string) => ({
  position: `c${sequence}`,
  peer: ben.id,
  message: message(sequence, ben, ann, text),
});

function serve(messages: () => Promise<{ items: Message[]; at: string }>) {
  server.use(
    http.get("/v1/chat/sidebar", () =>
      answer(
        {
          recent: [{ peer: ben, last_message: message(1, ben, ann, "one"), unread_count: 0 }],
          more_recent: false,
          friends: [],
          more_friends: false,
        },
        { headers: { "Echo-Position": "c1" } },
      ),
    ),
    http.get("/v1/sync", ({ request }) =>
      answer({
        items: [],
        position: new URL(request.url).searchParams.get("after"),
        more: false,
        reset: false,
      }),
    ),
    http.get(`/v1/conversations/${ben.id}/messages`, async () => {
      const { items, at } = await messages();
      const state = { read_up_to: "c1", peer_read_up_to: null, can_send: true };
      return answer(
        { items, next_cursor: null, peer: ben, ...state },
        { headers: { "Echo-Position": at } },
      );
    }),
  );
}

async function welcome() {
  await waitFor(() => expect(gateway.socket.connected).toBe(true));
  act(() => gateway.emit("welcome", { account_id: ann.id, position: "c1" }));
}

const show = (children: React.ReactNode) =>
  renderSignedIn(ann, <ChatProvider>{children}</ChatProvider>);

test("a message that arrives shows in the open chat and is not counted", async () => {
  serve(async () => ({ items: [message(1, ben, ann, "one")], at: "c1" }));
  show(
    <>
      <ChatSidebar />
      <Conversation peer={ben} />
    </>,
  );
  const chat = await screen.findByRole("region", { name: "Chat with Ben" });
  await welcome();
  act(() => gateway.emit("message:new", arrived(2, "two")));
  await waitFor(() => expect(chat).toHaveTextContent("two"));
  expect(screen.getByText("Ben said: two")).toBeInTheDocument();
  expect(screen.queryByText(/unread message/)).not.toBeInTheDocument();
});

test("a message for a chat that isn't open is counted", async () => {
  serve(async () => ({ items: [], at: "c1" }));
  show(<ChatSidebar />);
  await screen.findByText("one");
  await welcome();
  act(() => gateway.emit("message:new", arrived(2, "two")));
  expect(await screen.findByText("1 unread message")).toBeInTheDocument();
  expect(screen.getByText("two")).toBeInTheDocument();
});

test("an answer under way doesn't take back the message that overtook it", async () => {
  const { opened, open } = gate();
  serve(async () => {
    await opened;
    return { items: [message(1, ben, ann, "one")], at: "c1" };
  });
  show(
    <>
      <ChatSidebar />
      <Conversation peer={ben} />
    </>,
  );
  await screen.findByText("one");
  await welcome();
  act(() => gateway.emit("message:new", arrived(2, "two")));
  // In the sidebar, so the event was applied; the conversation is still to be answered.
  await screen.findByText("two");
  open();
  const chat = await screen.findByRole("region", { name: "Chat with Ben" });
  expect(chat).toHaveTextContent("one");
  expect(chat).toHaveTextContent("two");
});
