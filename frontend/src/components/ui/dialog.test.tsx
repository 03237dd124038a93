import { fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { expect, test } from "vitest";
import { Dialog, DialogContent } from "./dialog";

function Asking() {
  const [open, setOpen] = useState(true);
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogContent title="Your name">
        <input aria-label="Name" />
      </DialogContent>
    </Dialog>
  );
}

test("the Escape of an input method closes no dialog, the person's own does", () => {
  render(<Asking />);
  const field = screen.getByRole("textbox", { name: "Name" });
  fireEvent.keyDown(field, { key: "Escape", isComposing: true });
  fireEvent.keyDown(field, { key: "Escape", keyCode: 229 });
  expect(screen.getByRole("dialog", { name: "Your name" })).toBeInTheDocument();
  fireEvent.keyDown(field, { key: "Escape" });
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
});
