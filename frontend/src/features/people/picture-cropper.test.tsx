import { fireEvent, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { ann } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { PictureCropper } from "./picture-cropper";

test("two fingers bring a picture nearer, and one that is lifted leaves it where it is", async () => {
  URL.createObjectURL = () => "blob:photo";
  URL.revokeObjectURL = vi.fn();
  HTMLElement.prototype.setPointerCapture = () => {};
  vi.spyOn(Element.prototype, "getBoundingClientRect").mockReturnValue(new DOMRect(0, 0, 200, 200));
  renderSignedIn(
    ann,
    <PictureCropper
      file={new File(["x"], "me.jpg", { type: "image/jpeg" })}
      aspect={1}
      width={512}
      round
      pending={false}
      onCancel={() => {}}
      onCropped={() => {}}
    />,
  );
  const frame = screen.getByRole("application");
  const zoom = screen.getByRole<HTMLInputElement>("slider", { name: "Zoom" });
  const finger = (id: number, x: number) => ({ pointerId: id, clientX: x, clientY: 100 });
  fireEvent.pointerDown(frame, finger(1, 80));
  fireEvent.pointerDown(frame, finger(2, 120));
  fireEvent.pointerMove(frame, finger(2, 160));
  expect(Number(zoom.value)).toBeCloseTo(2);
  fireEvent.pointerMove(frame, finger(1, 100));
  expect(Number(zoom.value)).toBeCloseTo(1.5);

  // What the browser takes away is lifted too: the next finger begins anew.
  fireEvent.pointerCancel(frame, finger(2, 160));
  fireEvent.pointerUp(frame, finger(1, 100));
  fireEvent.pointerMove(frame, finger(1, 180));
  fireEvent.pointerDown(frame, finger(3, 20));
  fireEvent.pointerMove(frame, finger(3, 180));
  expect(Number(zoom.value)).toBeCloseTo(1.5);
});
