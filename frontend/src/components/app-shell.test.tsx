import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepShell } from "@/lib/app-shell";
import { dismissAllToasts } from "@/lib/toasts";
import Toaster from "./ui/toaster";

/** What a browser knows of the workers of a page. */
function browserWith({ controlled }: { controlled: boolean }) {
  const registration = Object.assign(new EventTarget(), {
    installing: null as (EventTarget & { postMessage: unknown }) | null,
    waiting: null as (EventTarget & { postMessage: unknown }) | null,
    update: vi.fn(async () => undefined),
  });
  const workers = Object.assign(new EventTarget(), {
    controller: controlled ? {} : null,
    register: vi.fn(async () => registration),
    getRegistration: async () => registration,
  });
  return {
    registration,
    workers: workers as unknown as ServiceWorkerContainer,
    /** A worker of another version has everything it needs. */
    install() {
      const worker = Object.assign(new EventTarget(), { postMessage: vi.fn() });
      registration.installing = worker;
      registration.dispatchEvent(new Event("updatefound"));
      registration.waiting = worker;
      worker.dispatchEvent(new Event("statechange"));
      return worker;
    },
    takeControl() {
      Object.assign(workers, { controller: {} });
      workers.dispatchEvent(new Event("controllerchange"));
    },
  };
}

async function open(browser: ReturnType<typeof browserWith>, page = <p>The page</p>) {
  vi.stubGlobal("navigator", { ...navigator, serviceWorker: browser.workers });
  render(
    <>
      {page}
      <Toaster />
    </>,
  );
  await keepShell(browser.workers);
}

const reloaded = vi.fn();

beforeEach(() => {
  dismissAllToasts();
  reloaded.mockClear();
  vi.stubGlobal("location", { ...window.location, reload: reloaded });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const offered = () => screen.queryAllByText("A new version of Echo is here.").length > 0;
// Radix lets no pointer through to a region of toasts until it knows of one.
const user = userEvent.setup({ pointerEventsCheck: 0 });
const takeUp = () => user.click(screen.getByRole("button", { name: "Reload the page" }));

test("the worker of a first visit is no news", async () => {
  const browser = browserWith({ controlled: false });
  await open(browser);
  browser.install();
  browser.takeControl();
  expect(offered()).toBe(false);
  expect(reloaded).not.toHaveBeenCalled();
});

test("a new version is offered, and taken up when it is asked for", async () => {
  const browser = browserWith({ controlled: true });
  await open(browser);
  const worker = browser.install();
  await waitFor(() => expect(offered()).toBe(true));
  expect(reloaded).not.toHaveBeenCalled();
  await takeUp();
  await waitFor(() => expect(worker.postMessage).toHaveBeenCalledWith({ type: "SKIP_WAITING" }));
  // It isn't reloaded into the old one.
  expect(reloaded).not.toHaveBeenCalled();
  browser.takeControl();
  expect(reloaded).toHaveBeenCalledOnce();
});

test("one that came while no tab was open is offered too", async () => {
  const browser = browserWith({ controlled: true });
  browser.registration.waiting = Object.assign(new EventTarget(), { postMessage: vi.fn() });
  await open(browser);
  await waitFor(() => expect(offered()).toBe(true));
});

test("what is being written and not kept isn't lost to a new version", async () => {
  const browser = browserWith({ controlled: true });
  await open(browser, <textarea aria-label="Your comment" defaultValue="" />);
  const worker = browser.install();
  await userEvent.type(screen.getByRole("textbox"), "Half a sentence");
  await takeUp();
  expect((await screen.findAllByText(/when you’ve finished writing/))[0]).toBeVisible();
  expect(worker.postMessage).not.toHaveBeenCalled();
  await userEvent.clear(screen.getByRole("textbox"));
  await takeUp();
  await waitFor(() => expect(worker.postMessage).toHaveBeenCalledOnce());
});

test("a draft, which outlives a reload, doesn't stand in its way", async () => {
  const browser = browserWith({ controlled: true });
  const form = (
    <form data-kept>
      <textarea aria-label="Your post" defaultValue="" />
    </form>
  );
  await open(browser, form);
  const worker = browser.install();
  await userEvent.type(screen.getByRole("textbox"), "Half a post");
  await takeUp();
  await waitFor(() => expect(worker.postMessage).toHaveBeenCalledOnce());
});

test("a version that another tab has taken up is offered here, and forced upon nobody", async () => {
  const browser = browserWith({ controlled: true });
  await open(browser);
  browser.install();
  browser.takeControl();
  await waitFor(() => expect(offered()).toBe(true));
  // Once, though it was heard of twice.
  expect(screen.getAllByRole("button", { name: "Reload the page" })).toHaveLength(1);
  expect(reloaded).not.toHaveBeenCalled();
});

test("a tab that is never closed asks for news once an hour, when it is looked at", async () => {
  const browser = browserWith({ controlled: true });
  const clock = vi.spyOn(Date, "now");
  clock.mockReturnValue(0);
  await open(browser);
  document.dispatchEvent(new Event("visibilitychange"));
  expect(browser.registration.update).not.toHaveBeenCalled();
  clock.mockReturnValue(61 * 60_000);
  document.dispatchEvent(new Event("visibilitychange"));
  document.dispatchEvent(new Event("visibilitychange"));
  expect(browser.registration.update).toHaveBeenCalledOnce();
});
