import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Suspense } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { expect, test, vi } from "vitest";
import { RootBoundary } from "@/components/root-boundary";
import Toaster from "@/components/ui/toaster";
import { lazyPart } from "@/lib/modules";
import { ErrorPage } from "./error-page";
import { page } from "./page-module";

const lost = () =>
  Promise.reject(new TypeError("Failed to fetch dynamically imported module: /assets/a.js"));

/** A network that loses modules until it is there again. */
function network() {
  let there = false;
  let asked = 0;
  return {
    asked: () => asked,
    back: () => {
      there = true;
      window.dispatchEvent(new Event("online"));
    },
    load: <Module,>(module: Module): Promise<Module> => {
      asked += 1;
      return there ? Promise.resolve(module) : lost();
    },
  };
}

test("a page that can't be fetched says so in its place, and becomes the page when the network is back", async () => {
  const wire = network();
  const Component = () => <h1>Explore</h1>;
  const router = createMemoryRouter([{ path: "/", lazy: page(() => wire.load({ Component })) }]);
  render(<RouterProvider router={router} />);
  expect(await screen.findByRole("heading", { name: "This couldn’t be loaded" })).toBeVisible();
  wire.back();
  expect(await screen.findByRole("heading", { name: "Explore" })).toBeVisible();
});

test("whoever doesn't want to wait asks for a lost page at once", async () => {
  const wire = network();
  const Component = () => <h1>Explore</h1>;
  const router = createMemoryRouter([{ path: "/", lazy: page(() => wire.load({ Component })) }]);
  render(<RouterProvider router={router} />);
  const again = await screen.findByRole("button", { name: "Try again" });
  const before = wire.asked();
  await userEvent.click(again);
  expect(wire.asked()).toBeGreaterThan(before);
});

test("a lost part leaves the page alone, is told of, and is there when the network is back", async () => {
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("no network"));
  const wire = network();
  const Menu = lazyPart(() => wire.load({ default: () => <p>The menu</p> }));
  render(
    <>
      <p>The page</p>
      <Suspense fallback={<button type="button">More</button>}>
        <Menu />
      </Suspense>
      <Toaster />
    </>,
  );
  expect((await screen.findAllByText(/The network is slow/))[0]).toBeInTheDocument();
  expect(screen.getByText("The page")).toBeVisible();
  expect(screen.getByRole("button", { name: "More" })).toBeVisible();
  wire.back();
  expect(await screen.findByText("The menu")).toBeVisible();
});

test("whatever breaks outside of every page, there is a page that says so", () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.stubGlobal("reportError", vi.fn());
  const Breaks = () => {
    throw new Error("broken");
  };
  render(
    <RootBoundary fallback={<ErrorPage />}>
      <Breaks />
    </RootBoundary>,
  );
  expect(screen.getByRole("heading", { name: "Something went wrong" })).toBeVisible();
  expect(screen.getByRole("button", { name: "Reload the page" })).toBeVisible();
  expect(reportError).toHaveBeenCalledOnce();
  vi.unstubAllGlobals();
});
