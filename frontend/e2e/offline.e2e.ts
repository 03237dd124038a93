import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { befriend, PASSWORD, type Someone, signUpByApi } from "./api";
import { accessibilityViolations, baseURL, launch, newPage } from "./browser";
import { type Deployment, startDeployment } from "./deployment";

// The app without a network: it opens, shows what waits, and loses nothing; and a new version of it
// comes without taking anything away.

const run = Date.now().toString(36);
const PHONE = { width: 390, height: 844 };
let browser: Browser;
let deployment: Deployment | null = null;

beforeAll(async () => {
  browser = await launch();
});
afterEach(async () => {
  await deployment?.close();
  deployment = null;
});
afterAll(async () => {
  await browser?.close();
});

let people = 0;

async function twoFriends(): Promise<[Someone, Someone]> {
  people += 1;
  const id = `${people}_${Date.now().toString(36)}`;
  const ann = await signUpByApi(`off_ann_${id}`, "Ann Offline");
  const ben = await signUpByApi(`off_ben_${id}`, "Ben Offline");
  await befriend(ann, ben);
  return [ann, ben];
}

/** A visit that has ended with the app on the device. */
async function visit(who: Someone, { url = baseURL, next = "/" } = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: url, viewport: PHONE });
  const page = await newPage(context);
  await page.goto(`/login?next=${next}`);
  await page.getByLabel("Username or email").fill(who.username);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL((address) => address.pathname !== "/login");
  await onDevice(page);
  return page;
}

async function onDevice(page: Page): Promise<void> {
  await page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated");
}

async function open(context: BrowserContext, path: string): Promise<Page> {
  const page = await newPage(context);
  await page.goto(path);
  return page;
}

const editor = (page: Page) => page.getByRole("textbox", { name: "Text 1 of 1" });
const tabBar = (page: Page) => page.getByRole("navigation", { name: "Main" });

/** Everything of the worker's caches, by path. */
function cached(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const caches = await Promise.all(
      (await window.caches.keys()).map((name) => window.caches.open(name)),
    );
    const requests = await Promise.all(caches.map((cache) => cache.keys()));
    return requests.flat().map(({ url }) => new URL(url).pathname);
  });
}

test("reloaded without a network, the app is there, with pages that were never visited", async () => {
  const [ann] = await twoFriends();
  const blocks = [{ type: "text", text: "Read by everybody" }];
  await ann.call("POST", "/v1/posts", { blocks, visibility: "public" });
  const page = await visit(ann);
  await editor(page).waitFor();
  await page.context().setOffline(true);
  await page.reload();
  await editor(page).waitFor();
  await page.getByText("You’re offline. What you write is kept").waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
  for (const [tab, title] of [
    ["Explore", "Explore"],
    ["Friends", "Friends"],
    ["Chat", "Chat"],
  ] as const) {
    await tabBar(page).getByRole("link", { name: tab }).click();
    await page.getByRole("heading", { name: title, level: 1 }).waitFor();
    await page.getByRole("heading", { name: "You’re offline" }).first().waitFor();
  }
  // A page's own address opens as well, and goes on by itself.
  await page.goto("/explore");
  await page.getByRole("heading", { name: "You’re offline" }).waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
  await page.context().setOffline(false);
  await page.getByRole("heading", { name: "You’re offline" }).waitFor({ state: "detached" });
  await page.getByText("Read by everybody").first().waitFor();
  await page.context().close();
});

test("what is written offline survives a closed tab and an offline reopening, and is published once", async () => {
  const [ann, ben] = await twoFriends();
  const page = await visit(ann, { next: `/chat/${ben.username}` });
  const context = page.context();
  await page.getByRole("textbox", { name: "Write a message" }).waitFor();
  await context.setOffline(true);
  await page.getByRole("textbox", { name: "Write a message" }).fill(`From a tunnel ${run}`);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByText(`From a tunnel ${run}`).waitFor();
  await page.goto("/");
  await editor(page).fill(`A post from a tunnel ${run}`);
  await page.getByRole("button", { name: /^Publish to/ }).click();
  await page.getByRole("article").getByText(`A post from a tunnel ${run}`).waitFor();
  await page.close();

  const again = await open(context, "/");
  await again.getByRole("article").getByText(`A post from a tunnel ${run}`).waitFor();
  await again.getByText("Waiting for a connection").first().waitFor();
  await tabBar(again).getByRole("link", { name: "Chat" }).click();
  await again.getByRole("link", { name: new RegExp(`Ben Offline.*From a tunnel ${run}`) }).click();
  await again
    .getByRole("region", { name: "Chat with Ben Offline" })
    .getByText(`From a tunnel ${run}`)
    .waitFor();
  expect(await accessibilityViolations(again)).toEqual([]);

  await context.setOffline(false);
  await again
    .getByRole("region", { name: "Chat with Ben Offline" })
    .getByText("Sent", { exact: true })
    .waitFor();
  await expect
    .poll(async () => {
      const posts = await (await ann.call("GET", `/v1/users/${ann.username}/posts`)).text();
      return posts.split(`A post from a tunnel ${run}`).length - 1;
    })
    .toBe(1);
  const chat = await ben.call("GET", `/v1/conversations/${ann.id}/messages`);
  const messages = await chat.text();
  expect(messages.split(`From a tunnel ${run}`).length - 1).toBe(1);
  await context.close();
});

test("nothing of a person is kept by the worker, and after log-out nothing of them is on the device", async () => {
  const [ann, ben] = await twoFriends();
  const page = await visit(ann, { next: `/chat/${ben.username}` });
  await page.getByRole("textbox", { name: "Write a message" }).fill("Not for others");
  await page.goto("/");
  await editor(page).waitFor();
  const paths = await cached(page);
  expect(paths).toContain("/index.html");
  const built =
    /^\/(assets\/|index\.html$|theme\.js$|manifest\.webmanifest$|favicon\.svg$|[\w-]*icon[\w-]*\.png$)/;
  expect(paths.filter((path) => !built.test(path))).toEqual([]);

  await page.goto("/settings");
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  await page.context().setOffline(true);
  await page.goto("/");
  await page.getByRole("button", { name: "Log in" }).waitFor();
  expect(await page.getByText("Ann Offline").count()).toBe(0);
  const left = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
  );
  for (const trace of [ann.id, ann.username, "Ann Offline", "Not for others"]) {
    expect(left).not.toContain(trace);
  }
  expect((await cached(page)).filter((path) => !built.test(path))).toEqual([]);
  await page.context().close();
});

test("a session that was ended elsewhere opens offline, and is forgotten as soon as that is known", async () => {
  const [ann] = await twoFriends();
  const page = await visit(ann);
  await editor(page).waitFor();
  await page.context().setOffline(true);
  await ann.call("POST", "/v1/auth/logout-all");
  await page.reload();
  await editor(page).waitFor();
  await page.context().setOffline(false);
  await page.getByRole("button", { name: "Log in" }).waitFor();
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain(ann.id);
  await page.context().close();
});

const release = (page: Page) => page.locator('meta[name="release"]').getAttribute("content");

test("a new version is offered, takes nothing of what is being written, and has all its files", async () => {
  const [ann] = await twoFriends();
  deployment = await startDeployment("one");
  const page = await visit(ann, { url: deployment.url });
  await editor(page).fill(`Half a thought ${run}`);
  const other = await open(page.context(), "/");
  await editor(other).waitFor();
  deployment.deploy("two");
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  await page.getByText("A new version of Echo is here.").first().waitFor();
  // The version that runs still has its own files, of which the server has none any more.
  expect(await release(page)).toBe("one");
  await tabBar(page).getByRole("link", { name: "Friends" }).click();
  await page.getByRole("heading", { name: "Friends", level: 1 }).waitFor();
  await tabBar(page).getByRole("link", { name: "Home" }).click();

  await page.getByRole("button", { name: "Reload the page" }).click();
  await page.locator('meta[name="release"][content="two"]').waitFor({ state: "attached" });
  await expect.poll(() => editor(page).inputValue()).toBe(`Half a thought ${run}`);
  // In the other tab nothing happens by itself, but it is told.
  expect(await release(other)).toBe("one");
  await other.getByText("A new version of Echo is here.").first().waitFor();
  await other.getByRole("button", { name: "Reload the page" }).click();
  await other.locator('meta[name="release"][content="two"]').waitFor({ state: "attached" });
  await tabBar(other).getByRole("link", { name: "Explore" }).click();
  await other.getByRole("heading", { name: "Explore", level: 1 }).waitFor();
  await page.context().close();
});

test("without a worker, a page of a build that is gone is had by loading the new build, once", async () => {
  const [ann] = await twoFriends();
  deployment = await startDeployment("one");
  const context = await browser.newContext({
    baseURL: deployment.url,
    viewport: PHONE,
    serviceWorkers: "block",
  });
  const page = await newPage(context);
  await page.goto("/login");
  await page.getByLabel("Username or email").fill(ann.username);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await editor(page).waitFor();
  deployment.deploy("two");
  await tabBar(page).getByRole("link", { name: "Explore" }).click();
  await page.locator('meta[name="release"][content="two"]').waitFor({ state: "attached" });
  await page.getByRole("heading", { name: "Explore", level: 1 }).waitFor();
  await context.close();
});
