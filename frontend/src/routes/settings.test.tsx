import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { browserStore } from "@/lib/storage";
import { ann } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, http, server } from "@/testing/server";
import { Component as Explore } from "./explore";
import { Component as Settings } from "./settings";

function serve() {
  const nothing = () => answer({ items: [], next_cursor: null });
  server.use(
    http.get("/v1/auth/sessions", nothing),
    http.get("/v1/notifications/unread-count", () => answer({ unread_count: 0 })),
    http.get("/v1/explore", nothing),
  );
}

test("messages are silent until somebody switches their sound on, and so they stay on this device", async () => {
  vi.stubGlobal("AudioContext", undefined);
  serve();
  const { unmount } = renderSignedIn(ann, <Settings />);
  const sound = await screen.findByRole("switch", { name: "Play a sound for new messages" });
  expect(sound).not.toBeChecked();
  // A browser without sound keeps the choice all the same.
  await userEvent.click(sound);
  expect(sound).toBeChecked();
  expect(browserStore.keys("echo:message-sound")).toHaveLength(1);
  unmount();
  renderSignedIn(ann, <Settings />);
  expect(await screen.findByRole("switch")).toBeChecked();
});

test("people one has blocked are found in the settings", async () => {
  serve();
  renderSignedIn(ann, <Settings />);
  const privacy = await screen.findByRole("region", { name: "Privacy" });
  const link = screen.getByRole("link", { name: "Blocked people" });
  expect(privacy).toContainElement(link);
  expect(link).toHaveAttribute("href", "/friends/blocked");
});

test("people are looked for where one looks around", async () => {
  serve();
  renderSignedIn(ann, <Explore />);
  expect(await screen.findByRole("combobox", { name: "Search people" })).toBeInTheDocument();
});
