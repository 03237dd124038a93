import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { ann } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { Dialog, DialogClose, DialogContent } from "./dialog";

function Editor() {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Write
      </button>
      <Dialog open={open} onOpenChange={setOpen} dirty={text !== ""}>
        <DialogContent title="Editor">
          <input aria-label="Text" value={text} onChange={(event) => setText(event.target.value)} />
          <DialogClose>Leave</DialogClose>
        </DialogContent>
      </Dialog>
    </>
  );
}

const gone = () =>
  waitFor(() => expect(screen.queryByRole("dialog", { name: "Editor" })).not.toBeInTheDocument());
const question = () => screen.findByRole("alertdialog", { name: "Discard your changes?" });

async function openEditor() {
  renderSignedIn(ann, <Editor />);
  const opener = await screen.findByRole("button", { name: "Write" });
  await userEvent.click(opener);
  await screen.findByRole("dialog", { name: "Editor" });
  return opener;
}

test("a dialog begins at its field, closes by Escape, and gives the focus back to what opened it", async () => {
  const opener = await openEditor();
  expect(screen.getByLabelText("Text")).toHaveFocus();
  await userEvent.keyboard("{Escape}");
  await gone();
  expect(opener).toHaveFocus();
});

test("what was written is given up only by who says so: Escape, Back and buttons ask", async () => {
  await openEditor();
  await userEvent.type(screen.getByLabelText("Text"), "half a word");
  const ways = [
    () => userEvent.keyboard("{Escape}"),
    () => userEvent.click(screen.getByRole("button", { name: "Leave" })),
    () => userEvent.click(screen.getByRole("button", { name: "Close" })),
    async () => window.history.back(),
  ];
  for (const leave of ways) {
    await leave();
    await question();
    await userEvent.click(screen.getByRole("button", { name: "Keep editing" }));
    await waitFor(() => expect(screen.queryByRole("alertdialog")).not.toBeInTheDocument());
    expect(screen.getByLabelText("Text")).toHaveValue("half a word");
  }
  await userEvent.keyboard("{Escape}");
  await question();
  await userEvent.click(screen.getByRole("button", { name: "Discard" }));
  await gone();
});

test("Back closes a dialog in which nothing was written", async () => {
  await openEditor();
  window.history.back();
  await gone();
});

test("a sheet is drawn away by a finger on its head, far enough, and asks first as any other way does", async () => {
  HTMLElement.prototype.setPointerCapture = () => {};
  await openEditor();
  const draw = (by: number) => {
    const head = screen.getByRole("heading", { name: "Editor" });
    const finger = { pointerId: 1, pointerType: "touch", isPrimary: true };
    fireEvent.pointerDown(head, { ...finger, clientY: 500 });
    fireEvent.pointerMove(head, { ...finger, clientY: 500 + by });
    const moved = screen.getByRole("dialog", { hidden: true }).style.transform;
    fireEvent.pointerUp(head, { ...finger, clientY: 500 + by });
    return moved;
  };
  expect(draw(-50)).toBe("translateY(0px)");
  await userEvent.type(screen.getByLabelText("Text"), "x");
  expect(draw(200)).toBe("translateY(200px)");
  await question();
  await userEvent.click(screen.getByRole("button", { name: "Keep editing" }));
  expect((await screen.findByRole("dialog", { name: "Editor" })).style.transform).toBe("");
  await userEvent.clear(screen.getByLabelText("Text"));
  draw(200);
  await gone();
});
