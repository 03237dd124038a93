import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { befriend, type Someone, signUpByApi, write } from "./api";
import { accessibilityViolations, baseURL, launch, newPage } from "./browser";
import { DESK, logIn, PHONE } from "./people";

// What surrounds every page, when the network isn't as one would like it.

const run = Date.now().toString(36);
let browser: Browser;
let ann: Someone;
let ben: Someone;

beforeAll(async () => {
  browser = await launch();
  ann = await signUpByApi(`frame_ann_${run}`, "Ann Frame");
  ben = await signUpByApi(`frame_ben_${run}`, "Ben Frame");
  await befriend(ann, ben);
  await write(ben, ann, "Are you there?");
});
afterAll(async () => {
  await browser?.close();
});

/** A browser whose network may lose files: `/assets/<name>-<hash>.js`. */
async function lossyBrowser(viewport: typeof PHONE) {
  // A worker would answer from what it has kept, and nothing would be lost.
  const context = await browser.newContext({ baseURL, viewport, serviceWorkers: "block" });
  const lost = new Set<string>();
  await context.route("**/assets/*.js", (route) => {
    const name = /\/assets\/(.+)-[\w-]{8}\.js/.exec(route.request().url())?.[1];
    return name && lost.has(name) ? route.abort() : route.continue();
  });
  return { context, lost };
}

async function enter(context: BrowserContext, next = "/"): Promise<Page> {
  const page = await newPage(context);
  await logIn(page, ann, next);
  return page;
}

const backOnline = (page: Page) => page.evaluate(() => window.dispatchEvent(new Event("online")));

test("without what shows notices, everything else is there, and so are they when it comes", async () => {
  const { context, lost } = await lossyBrowser(PHONE);
  lost.add("toaster");
  const page = await enter(context);
  await page.getByRole("textbox", { name: "Text 1 of 1" }).waitFor();
  lost.clear();
  await backOnline(page);
  await page.getByRole("region", { name: /Announcements/ }).waitFor({ state: "attached" });
  await context.close();
});

test("a bell, a menu and a page that are lost leave the app alone, and heal with the network", async () => {
  const { context, lost } = await lossyBrowser(DESK);
  const page = await enter(context);
  const composer = page.getByRole("textbox", { name: "Text 1 of 1" });
  await composer.waitFor();

  lost.add("notification-popover");
  await page.getByRole("button", { name: /^Notifications/ }).click();
  await page
    .getByText(/The network is slow/)
    .first()
    .waitFor();
  await composer.waitFor();
  lost.clear();
  await backOnline(page);
  await page.getByRole("dialog", { name: "Notifications" }).waitFor();
  await page.keyboard.press("Escape");

  lost.add("audience-menu");
  await composer.fill("Half a thought");
  await page
    .getByText(/The network is slow/)
    .first()
    .waitFor();
  expect(await composer.inputValue()).toBe("Half a thought");
  lost.clear();
  await backOnline(page);
  await page.getByRole("button", { name: /Who can read this/ }).waitFor();
  await composer.fill("");

  lost.add("explore");
  const navigation = page.getByRole("navigation", { name: "Main" });
  await navigation.getByRole("link", { name: "Explore" }).click();
  await page.getByRole("heading", { name: "This couldn’t be loaded" }).waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
  await navigation.getByRole("link", { name: "Home" }).click();
  await composer.waitFor();
  lost.clear();
  await navigation.getByRole("link", { name: "Explore" }).click();
  await page.getByRole("heading", { name: "Explore" }).waitFor();
  await context.close();
});

test("without a network a page that was never visited says so, and opens by itself later", async () => {
  const { context } = await lossyBrowser(PHONE);
  const page = await enter(context);
  await page.getByRole("textbox", { name: "Text 1 of 1" }).waitFor();
  await context.setOffline(true);
  await page.getByRole("link", { name: "Explore" }).click();
  await page.getByRole("heading", { name: "You’re offline" }).waitFor();
  await context.setOffline(false);
  await page.getByRole("heading", { name: "Explore" }).waitFor();
  await context.close();
});

test("a message can be written without a network: the banner takes no place of the composer's", async () => {
  const { context } = await lossyBrowser(PHONE);
  const page = await enter(context, `/chat/${ben.username}`);
  const field = page.getByRole("textbox", { name: "Write a message" });
  await field.waitFor();
  await context.setOffline(true);
  await page.getByText(/You’re offline/).waitFor();
  const box = await field.boundingBox();
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(PHONE.height);
  const scrolls = await page.evaluate(
    () => document.documentElement.scrollHeight - document.documentElement.clientHeight,
  );
  expect(scrolls).toBe(0);
  expect(await accessibilityViolations(page)).toEqual([]);
  await context.close();
});

test("on a phone held across everything is within reach, log-out included", async () => {
  const context = await browser.newContext({ baseURL, viewport: { width: 844, height: 390 } });
  const page = await enter(context);
  const settings = page.getByRole("link", { name: "Settings" }).and(page.locator(":visible"));
  await settings.scrollIntoViewIfNeeded();
  const box = await settings.boundingBox();
  expect((box?.y ?? 390) + (box?.height ?? 0)).toBeLessThanOrEqual(390);
  await settings.click();
  await page.getByRole("button", { name: "Log out", exact: true }).waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
  await context.close();
});

test("a dialog opens in its place and closes by Back, with the page still there", async () => {
  const context = await browser.newContext({ baseURL, viewport: DESK });
  const page = await enter(context, `/people/${ann.username}`);
  const edit = page.getByRole("button", { name: "Edit profile" });
  await edit.click();
  const dialog = page.getByRole("dialog", { name: "Edit profile" });
  await dialog.waitFor();
  // From its first frame on it is in the middle: it doesn't come flying from a corner.
  const middles = await dialog.evaluate((element) => {
    const [animation] = element.getAnimations();
    animation?.pause();
    return [0, 0.5, 1].map((part) => {
      if (animation) animation.currentTime = part * 200;
      const { left, width } = element.getBoundingClientRect();
      return Math.round(left + width / 2);
    });
  });
  for (const middle of middles) expect(Math.abs(middle - DESK.width / 2)).toBeLessThan(3);
  await dialog.evaluate((element) => {
    for (const animation of element.getAnimations()) animation.finish();
  });
  await page.goBack();
  await dialog.waitFor({ state: "detached" });
  expect(new URL(page.url()).pathname).toBe(`/people/${ann.username}`);
  await expect.poll(() => edit.evaluate((button) => button === document.activeElement)).toBe(true);

  // What was changed isn't given up without a word.
  await edit.click();
  await dialog.getByLabel("About you").fill("Half a sentence");
  await page.goBack();
  const question = page.getByRole("alertdialog", { name: "Discard your changes?" });
  await question.getByRole("button", { name: "Keep editing" }).click();
  expect(await dialog.getByLabel("About you").inputValue()).toBe("Half a sentence");
  await page.keyboard.press("Escape");
  await question.getByRole("button", { name: "Discard" }).click();
  await dialog.waitFor({ state: "detached" });
  await context.close();
});

test("a dialog leaves as it came: a card in its place, a sheet on a phone downwards", async () => {
  for (const [viewport, motion] of [
    [DESK, "dialog-out"],
    [PHONE, "sheet-out"],
  ] as const) {
    const context = await browser.newContext({ baseURL, viewport });
    const page = await enter(context, `/people/${ann.username}`);
    await page.getByRole("button", { name: "Edit profile" }).click();
    const dialog = page.getByRole("dialog", { name: "Edit profile" });
    await dialog.waitFor();
    // As slow as one has to look.
    await page.addStyleTag({
      content: "[data-state=closed] { animation-duration: 3600s !important }",
    });
    await page.keyboard.press("Escape");
    const names = () =>
      dialog.evaluate((element) =>
        element.getAnimations().map((animation) => (animation as CSSAnimation).animationName),
      );
    await expect.poll(names).toEqual([motion]);
    expect(await dialog.getAttribute("data-state")).toBe("closed");
    await dialog.evaluate((element) => {
      for (const animation of element.getAnimations()) animation.finish();
    });
    await dialog.waitFor({ state: "detached" });
    await context.close();
  }
});
