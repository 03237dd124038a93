import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { ann, ben, message } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, http, server } from "@/testing/server";
import { ChatProvider } from "./chat-provider";
import { ChatSidebar } from "./chat-sidebar";

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
