import { expect, test } from "vitest";
import { dragged, extent, START, visible } from "./crop";

const wide = { width: 400, height: 100 };

test("a picture covers its frame, whichever of the two is wider", () => {
  expect(extent(wide, 1, 1)).toEqual({ width: 4, height: 1 });
  expect(extent({ width: 100, height: 400 }, 1, 2)).toEqual({ width: 2, height: 8 });
});

test("what is in the frame is cut from the middle, and from the edges at the ends", () => {
  expect(visible(wide, 1, START)).toEqual({ width: 100, height: 100, left: 150, top: 0 });
  expect(visible(wide, 1, { ...START, x: 0 })).toMatchObject({ left: 0 });
  expect(visible(wide, 1, { ...START, x: 1 })).toMatchObject({ left: 300 });
  expect(visible(wide, 1, { ...START, zoom: 2 })).toEqual({
    width: 50,
    height: 50,
    left: 175,
    top: 25,
  });
});

test("a picture is dragged along, not past its edges, and not where there is no room", () => {
  expect(dragged(wide, 1, START, { x: 1.5, y: 1 })).toEqual({ zoom: 1, x: 0, y: 0.5 });
  expect(dragged(wide, 1, START, { x: -9, y: 0 })).toMatchObject({ x: 1 });
  expect(dragged(wide, 1, START, { x: 0.3, y: 0 }).x).toBeCloseTo(0.4);
});
