import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useLocation } from "react-router";
import { expect, test, vi } from "vitest";
import { session } from "@/lib/api/client";
import type { Message } from "@/lib/api/types";
import { ann, ben, message } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, gate, http, refuse, server } from "@/testing/server";
import { ChatProvider } from "./chat-provider";
import { ChatSidebar } from "./chat-sidebar";
import { Conversation } from "./conversation";
import { ChatNotices } from "./notices";
import * as notify from "./notify";

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
  const opened: unknown[] = [];
  return {
    socket,
    opened,
    emit: (event: string, payload: unknown) => handlers.get(event)?.(payload),
  };
});
vi.mock("socket.io-client", () => ({
  io: (options: unknown) => {
    gateway.opened.push(options);
    return gateway.socket;
  },
}));

const arrived = (sequence: number, text: string) => ({
  position: `c${sequence}`,
  peer: ben.id,
  message: message(sequence, ben, ann, text),
});

let syncs = 0;

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
    http.get("/v1/sync", ({ request }) => {
      syncs += 1;
      return answer({
        items: [],
        position: new URL(request.url).searchParams.get("after"),
        more: false,
        reset: false,
      });
    }),
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

const show = (children: React.ReactNode, path?: string) =>
  renderSignedIn(ann, <ChatProvider>{children}</ChatProvider>, path);

/** Where one is. */
function Address() {
  return <p data-testid="address">{useLocation().pathname}</p>;
}

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

test("where the server has lost what was seen here, all is loaded anew", async () => {
  serve(async () => ({ items: [], at: "c1" }));
  const asked: (string | null)[] = [];
  let says = "one";
  server.use(
    http.get("/v1/chat/sidebar", () =>
      answer(
        {
          recent: [{ peer: ben, last_message: message(1, ben, ann, says), unread_count: 0 }],
          more_recent: false,
          friends: [],
          more_friends: false,
        },
        { headers: { "Echo-Position": "c9" } },
      ),
    ),
    http.get("/v1/sync", ({ request }) => {
      const after = new URL(request.url).searchParams.get("after");
      asked.push(after);
      if (after) return refuse(400, "invalid-position");
      says = "of the backup";
      return answer({ items: [], position: "c5", more: false, reset: true });
    }),
  );
  show(<ChatSidebar />);
  await screen.findByText("one");
  await welcome();
  await screen.findByText("of the backup");
  expect(asked).toEqual(["c9", null]);
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

test("a message that is unread counts no longer once it was taken back", async () => {
  serve(async () => ({ items: [], at: "c1" }));
  show(<ChatSidebar />);
  await screen.findByText("one");
  await welcome();
  act(() => gateway.emit("message:new", arrived(2, "two")));
  expect(await screen.findByText("1 unread message")).toBeInTheDocument();
  const taken = { ...message(2, ben, ann, ""), text: null, deleted: true };
  act(() => gateway.emit("message:deleted", { position: "c3", peer: ben.id, message: taken }));
  expect(await screen.findByText("This message was deleted.")).toBeInTheDocument();
  expect(screen.queryByText("1 unread message")).not.toBeInTheDocument();
});

/** Until the connection has caught up: what comes from here on is news. */
async function live() {
  const before = syncs;
  await welcome();
  await waitFor(() => expect(syncs).toBeGreaterThan(before));
}

test("a message that arrives elsewhere is shown, read out and counted in the title, and leads to its chat", async () => {
  document.title = "Explore";
  serve(async () => ({ items: [], at: "c1" }));
  show(
    <>
      <ChatSidebar />
      <ChatNotices />
      <Address />
    </>,
  );
  await screen.findByText("one");
  await live();
  // What is read out is there for a moment only.
  const said: string[] = [];
  const listener = new MutationObserver(() => {
    for (const status of screen.queryAllByRole("status")) said.push(status.textContent ?? "");
  });
  listener.observe(document.body, { childList: true, characterData: true, subtree: true });
  act(() => gateway.emit("message:new", arrived(2, "two")));
  act(() => gateway.emit("message:new", arrived(3, "three")));
  const toast = await screen.findByRole("button", { name: /Ben\s*three/ });
  await waitFor(() => expect(said.join("\n")).toContain("New message from Ben: three"));
  // One person's messages take one place.
  expect(screen.queryByRole("button", { name: /Ben\s*two/ })).not.toBeInTheDocument();
  await waitFor(() => expect(document.title).toBe("(2) Explore"));
  listener.disconnect();
  await userEvent.click(toast);
  expect(screen.getByTestId("address")).toHaveTextContent("/chat/ben");
  expect(screen.queryByRole("button", { name: /Ben\s*three/ })).not.toBeInTheDocument();
});

test("a message for the chat that is open needs no toast", async () => {
  serve(async () => ({ items: [message(1, ben, ann, "one")], at: "c1" }));
  const notices = vi.spyOn(notify, "notify");
  vi.spyOn(document, "hasFocus").mockReturnValue(false);
  show(
    <>
      <ChatSidebar />
      <Conversation peer={ben} />
      <ChatNotices />
    </>,
    "/chat/ben",
  );
  await screen.findByRole("region", { name: "Chat with Ben" });
  await live();
  act(() => gateway.emit("message:new", arrived(2, "two")));
  await waitFor(() => expect(notices).toHaveBeenCalled());
  expect(screen.queryByRole("button", { name: /Ben\s*two/ })).not.toBeInTheDocument();
});

test("who is typing is read out in the open chat", async () => {
  serve(async () => ({ items: [message(1, ben, ann, "one")], at: "c1" }));
  show(<Conversation peer={ben} />);
  await screen.findByRole("region", { name: "Chat with Ben" });
  await welcome();
  act(() => gateway.emit("typing", { from: ben.id, active: true }));
  expect(await screen.findByText("Ben is typing")).toBeInTheDocument();
});

test("changing one's profile leaves the connection alone", async () => {
  serve(async () => ({ items: [], at: "c1" }));
  gateway.opened.length = 0;
  show(<ChatSidebar />);
  await screen.findByText("one");
  await welcome();
  act(() => session.know({ ...ann, display_name: "Ann of the Hill" }));
  await screen.findByText("one");
  expect(gateway.opened).toHaveLength(1);
  expect(gateway.socket.connected).toBe(true);
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
