import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test, vi } from "vitest";
import { ann, ben } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { http, server } from "@/testing/server";
import ChatMenu from "./chat-menu";

function Menu({ onBlock }: { onBlock: () => void }) {
  const [open, setOpen] = useState(false);
  return (
    <ChatMenu
      person={ben}
      open={open}
      onOpenChange={setOpen}
      onBlock={onBlock}
      trigger={<button type="button">More about Ben</button>}
    />
  );
}

async function choose(item: string) {
  await userEvent.click(screen.getByRole("button", { name: "More about Ben" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: item }));
}

test("from a chat one comes to the person, and blocks them once that is confirmed", async () => {
  const onBlock = vi.fn();
  renderSignedIn(ann, <Menu onBlock={onBlock} />);
  await userEvent.click(screen.getByRole("button", { name: "More about Ben" }));
  const profile = await screen.findByRole("menuitem", { name: "View profile" });
  expect(profile).toHaveAttribute("href", "/people/ben");
  await userEvent.keyboard("{Escape}");

  await choose("Block");
  const question = await screen.findByRole("alertdialog", { name: "Block Ben?" });
  await userEvent.click(within(question).getByRole("button", { name: "Cancel" }));
  expect(onBlock).not.toHaveBeenCalled();
  await choose("Block");
  await userEvent.click(
    within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Block" }),
  );
  expect(onBlock).toHaveBeenCalledOnce();
});

test("a person is reported with a reason", async () => {
  const reports: unknown[] = [];
  server.use(
    http.post("/v1/reports", async ({ request }) => {
      reports.push(await request.json());
      return new Response(null, { status: 204 });
    }),
  );
  renderSignedIn(ann, <Menu onBlock={() => {}} />);
  await choose("Report");
  const dialog = await screen.findByRole("dialog", { name: "What’s wrong?" });
  await userEvent.click(within(dialog).getByRole("radio", { name: /pretends to be/ }));
  await userEvent.click(within(dialog).getByRole("button", { name: "Send the report" }));
  await waitFor(() =>
    expect(reports).toEqual([{ subject: { user_id: ben.id }, reason: "impersonation" }]),
  );
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
});
