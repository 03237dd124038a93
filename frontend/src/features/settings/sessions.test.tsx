import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { DeviceSession } from "@/lib/api/types";
import { ann } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, gate, http, refuse, server } from "@/testing/server";
import { Sessions } from "./sessions";

const device = (n: number, name: string, current: boolean): DeviceSession => ({
  id: `0198a1b2-0000-7000-c000-00000000000${n}`,
  device: name,
  user_agent: null,
  address_prefix: "192.0.2",
  started_at: "2026-01-02T03:04:05.000Z",
  last_used_at: "2026-01-02T03:04:05.000Z",
  expires_at: "2026-02-02T03:04:05.000Z",
  current,
});
const here = device(1, "Firefox on Linux", true);
const phone = device(2, "Chrome on Android", false);

test("a device is logged out at once, and back in the list if that was refused", async () => {
  let readable = true;
  const { opened, open } = gate();
  server.use(
    http.get("/v1/auth/sessions", () =>
      readable ? answer({ items: [here, phone], next_cursor: null }) : refuse(503, "unavailable"),
    ),
    http.delete(`/v1/auth/sessions/${phone.id}`, async () => {
      await opened;
      return refuse(503, "unavailable");
    }),
  );
  renderSignedIn(ann, <Sessions />);
  expect(await screen.findByText("This device")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Log out Chrome on Android" }));
  await waitFor(() => expect(screen.queryByText("Chrome on Android")).not.toBeInTheDocument());
  // Not this one: that is what the button above it is for.
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
  readable = false;
  open();
  expect(await screen.findByText("Chrome on Android")).toBeInTheDocument();
  expect(screen.getAllByText(/That device is still logged in/)[0]).toBeInTheDocument();
});
