import { onlineManager } from "@tanstack/react-query";
import { act, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse } from "msw";
import { afterEach, expect, test, vi } from "vitest";
import { drafts } from "@/lib/drafts";
import { outboxPrefix } from "@/lib/live/outbox";
import { ann, ben, message } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, http, refuse, server } from "@/testing/server";
import { ChatProvider } from "./chat-provider";
import { ChatSidebar } from "./chat-sidebar";
import { Conversation } from "./conversation";
import { draftScope } from "./draft";

vi.mock("socket.io-client", () => ({
  io: () => ({ connected: false, connect() {}, disconnect() {}, on() {} }),
}));

afterEach(() => vi.restoreAllMocks());

test("the filter finds names as the people search does, whatever the browser's language", async () => {
  // In a Turkish browser, lower-casing by language makes an ı of every I.
  vi.spyOn(String.prototype, "toLocaleLowerCase").mockImplementation(function (this: string) {
    return this.replaceAll("I", "ı").toLowerCase();
  });
  const taro = { ...ben, id: "01900000-0000-7000-8000-000000000002", username: "tyamada" };
  const isil = { ...ben, id: "01900000-0000-7000-8000-000000000003", username: "isilk" };
  server.use(
    http.get("/v1/chat/sidebar", () =>
      answer({
        recent: [{ peer: ben, last_message: message(1, ben, ann, "hi"), unread_count: 0 }],
        more_recent: false,
        friends: [
          { peer: { ...taro, display_name: "山田太郎" } },
          { peer: { ...isil, display_name: "Işıl O’Keefe" } },
        ],
        more_friends: false,
      }),
    ),
  );
  renderSignedIn(
    ann,
    <ChatProvider>
      <ChatSidebar />
    </ChatProvider>,
  );
  const filter = await screen.findByRole("searchbox");
  const names = () => screen.queryAllByRole("link").map((link) => link.textContent);
  for (const [sought, found] of [
    ["太郎", "山田太郎"],
    ["@TYAM", "山田太郎"],
    ["ISIL", "Işıl"],
    ["okeefe", "Işıl"],
    ["o'k", "Işıl"],
    ["BEN", "Ben"],
  ] as const) {
    await userEvent.clear(filter);
    await userEvent.type(filter, sought);
    expect(names()).toEqual([expect.stringContaining(found)]);
  }
});

const chatWith = (n: number) => {
  const id = `01900000-0000-7000-8000-${String(1_000 + n).padStart(12, "0")}`;
  const peer = { ...ben, id, username: `person${n}`, display_name: `Person ${n}` };
  return { peer, last_message: message(n, peer, ann, `said ${n}`), unread_count: 0 };
};

const show = () =>
  renderSignedIn(
    ann,
    <ChatProvider>
      <ChatSidebar />
    </ChatProvider>,
  );

test("the chats before the newest are there when they are asked for, and found by the filter", async () => {
  const chats = Array.from({ length: 5 }, (_, i) => chatWith(5 - i));
  const asked: (string | null)[] = [];
  server.use(
    http.get("/v1/chat/sidebar", () =>
      answer({ recent: chats.slice(0, 2), more_recent: true, friends: [], more_friends: false }),
    ),
    // Two to a page.
    http.get("/v1/chats", ({ request }) => {
      const cursor = new URL(request.url).searchParams.get("cursor");
      asked.push(cursor);
      const from = Number(cursor ?? 0);
      const next = from + 2 < chats.length ? String(from + 2) : null;
      return answer({ items: chats.slice(from, from + 2), next_cursor: next });
    }),
  );
  show();
  await screen.findByText("said 5");
  expect(asked).toEqual([]);
  // The first page is what the list began with, so the next comes with it.
  await userEvent.click(screen.getByRole("button", { name: "Show older chats" }));
  expect(await screen.findByText("said 2")).toBeInTheDocument();
  expect(screen.getAllByText("said 5")).toHaveLength(1);
  expect(screen.queryByText("said 1")).not.toBeInTheDocument();

  await userEvent.type(screen.getByRole("searchbox", { name: "Filter chats" }), "person1");
  expect(await screen.findByText("said 1")).toBeInTheDocument();
  expect(asked).toEqual([null, "2", "4"]);
  await userEvent.type(screen.getByRole("searchbox", { name: "Filter chats" }), "xyz");
  expect(await screen.findByText("No chat by that name")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Clear the filter" }));
  expect(await screen.findByText("said 3")).toBeInTheDocument();
});

test("the list says what is being written and what is on its way", async () => {
  const [first, second] = [chatWith(1), chatWith(2)];
  server.use(
    http.get("/v1/chat/sidebar", () =>
      answer({ recent: [second, first], more_recent: false, friends: [], more_friends: false }),
    ),
    http.post("/v1/conversations/:peer/messages", () => refuse(503, "unavailable")),
  );
  drafts.of(ann.id, draftScope(first.peer.id)).write("I was about to");
  const waiting = {
    id: "01900000-0000-7000-8000-00000000aaaa",
    to: second.peer.id,
    text: "See you at seven",
    createdAt: new Date().toISOString(),
    state: "waiting",
  };
  localStorage.setItem(outboxPrefix(ann.id) + waiting.id, JSON.stringify(waiting));
  show();
  const [pending, draft] = await screen.findAllByRole("link");
  expect(pending).toHaveTextContent("Waiting for a connection");
  expect(pending).toHaveTextContent("You: See you at seven");
  expect(draft).toHaveTextContent("Draft: I was about to");
});

test("without a network the list shows to whom something waits to be sent, and so does the chat", async () => {
  onlineManager.setOnline(false);
  const waiting = {
    id: "01900000-0000-7000-8000-00000000aaaa",
    to: ben.id,
    peer: ben,
    text: "See you at seven",
    createdAt: new Date().toISOString(),
    state: "waiting",
  };
  localStorage.setItem(outboxPrefix(ann.id) + waiting.id, JSON.stringify(waiting));
  server.use(
    http.get("/v1/*", () => HttpResponse.error()),
    http.post("/v1/*", () => HttpResponse.error()),
  );
  renderSignedIn(
    ann,
    <ChatProvider>
      <ChatSidebar />
      <Conversation peer={ben} />
    </ChatProvider>,
    "/",
    { retry: true },
  );
  const line = await screen.findByRole("link", { name: /Ben/ });
  expect(line).toHaveTextContent("Waiting for a connection");
  expect(line).toHaveTextContent("You: See you at seven");
  const chat = await screen.findByRole("region", { name: "Chat with Ben" });
  expect(chat).not.toHaveTextContent("beginning");
  server.use(
    http.get("/v1/chat/sidebar", () =>
      answer({ recent: [], more_recent: false, friends: [{ peer: ben }], more_friends: false }),
    ),
    http.get(`/v1/conversations/${ben.id}/messages`, () =>
      answer({
        items: [message(1, ben, ann, "When?")],
        next_cursor: null,
        peer: ben,
        can_send: true,
        read_up_to: "c1",
        peer_read_up_to: null,
      }),
    ),
  );
  act(() => onlineManager.setOnline(true));
  expect(await screen.findByRole("searchbox", { name: "Filter chats" })).toBeInTheDocument();
});
