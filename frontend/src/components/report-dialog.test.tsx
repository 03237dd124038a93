import { fireEvent, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { ann } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import ReportDialog from "./report-dialog";

test("a note is as long as the server takes it, and never cut in silence", async () => {
  renderSignedIn(ann, <ReportDialog subject={{ user_id: "x" }} onClose={() => {}} />);
  const note = await screen.findByRole("textbox");
  const send = screen.getByRole("button", { name: "Send the report" });
  fireEvent.click(screen.getByRole("radio", { name: "It’s spam" }));

  fireEvent.change(note, { target: { value: "😀".repeat(1_000) } });
  expect(send).toBeEnabled();
  fireEvent.change(note, { target: { value: "😀".repeat(1_002) } });
  expect(note).toHaveValue("😀".repeat(1_002));
  expect(note).toBeInvalid();
  expect(screen.getByRole("alert")).toHaveTextContent("2");
  expect(send).toBeDisabled();
});
