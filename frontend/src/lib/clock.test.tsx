import { act, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useTimeText } from "./clock";
import { dayLabel } from "./time";

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(new Date(2026, 2, 1, 23, 58, 30));
});
afterEach(() => {
  vi.useRealTimers();
});

let renders = 0;

function Day() {
  const label = useTimeText((now) => dayLabel(new Date(2026, 2, 1, 12).toISOString(), now));
  renders += 1;
  return <p>{label}</p>;
}

test("today becomes yesterday at midnight, and nothing is rendered before", () => {
  render(<Day />);
  expect(screen.getByText("Today")).toBeInTheDocument();
  renders = 0;
  act(() => vi.advanceTimersByTime(60_000));
  expect(renders).toBe(0);
  act(() => vi.advanceTimersByTime(30_000));
  expect(screen.getByText("Yesterday")).toBeInTheDocument();
});

test("a tab that slept over midnight is right as soon as it is looked at", () => {
  render(<Day />);
  vi.setSystemTime(new Date(2026, 2, 2, 8));
  act(() => void document.dispatchEvent(new Event("visibilitychange")));
  expect(screen.getByText("Yesterday")).toBeInTheDocument();
});
