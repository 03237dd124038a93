import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ONE_TRY, TRIES } from "../patience";
import { befriend, type Someone, signUpByApi } from "./api";
import { accessibilityViolations, launch, newPage, nextFrames } from "./browser";
import { DESK, editor, enter, PHONE, publish } from "./people";

// What one writes is never lost: not with the network, the tab, another tab or a refusal. And what one reads stays where it is.

const run = Date.now().toString(36);
let browser: Browser;
let ann: Someone;
let ben: Someone;

beforeAll(async () => {
  browser = await launch();
  ann = await signUpByApi(`posts_ann_${run}`, "Ann Poster");
  ben = await signUpByApi(`posts_ben_${run}`, "Ben Poster");
  await befriend(ann, ben);
});
afterAll(async () => {
  await browser?.close();
});

let more = 0;

/** Two friends of their own, whose feed nobody else writes into. */
async function twoMore(): Promise<[Someone, Someone]> {
  more += 1;
  const id = `${more}_${Date.now().toString(36)}`;
  const one = await signUpByApi(`posts_dora_${id}`, "Dora Reader");
  const other = await signUpByApi(`posts_emil_${id}`, "Emil Writer");
  await befriend(one, other);
  return [one, other];
}

async function open(context: BrowserContext, path: string): Promise<Page> {
  const page = await newPage(context);
  await page.goto(path);
  return page;
}

const feed = (page: Page) => page.getByRole("region", { name: "Home" });

/** How often a text is among somebody's own posts, as the server has them. */
async function published(who: Someone, text: string): Promise<number> {
  const answer = await who.call("GET", `/v1/users/${who.username}/posts?limit=100`);
  return JSON.stringify(await answer.json()).split(JSON.stringify(text)).length - 1;
}

/** A picture that takes a while: large, and of noise that can't be made smaller. */
async function noise(page: Page): Promise<Buffer> {
  const url = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [600, 4_000];
    const context = canvas.getContext("2d");
    const image = context?.createImageData(600, 4_000);
    for (let i = 0; image && i < image.data.length; i += 1) image.data[i] = (i * 7919) % 251;
    if (image) context?.putImageData(image, 0, 0);
    return canvas.toDataURL("image/png");
  });
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
}

test("what is published offline survives a killed tab, and is there once when one is online again", async () => {
  const page = await enter(browser, ann);
  const context = page.context();
  const post = await publish(ben, `A question ${run}`);
  await page.goto(`/posts/${post}`);
  await page.getByRole("textbox", { name: "Write a comment" }).waitFor();
  await page.getByRole("link", { name: "Home" }).click();
  await editor(page).waitFor();

  await context.setOffline(true);
  await editor(page).fill(`Written in a tunnel ${run}`);
  await page.getByRole("button", { name: /^Publish to/ }).click();
  await feed(page).getByText("Waiting for a connection").waitFor();
  await page.goBack();
  await page.getByRole("textbox", { name: "Write a comment" }).fill(`An answer ${run}`);
  await page.getByRole("button", { name: "Send the comment" }).click();
  await page.getByText("Waiting for a connection").waitFor();
  await page.close();

  await context.setOffline(false);
  const again = await open(context, "/");
  await again.getByText("Published.").first().waitFor();
  await feed(again).getByText(`Written in a tunnel ${run}`).waitFor();
  expect(await feed(again).getByText(`Written in a tunnel ${run}`).count()).toBe(1);
  await again.goto(`/posts/${post}`);
  await again.getByText(`An answer ${run}`).waitFor();
  await again.reload();
  await again.getByRole("article", { name: "Comment by Ann Poster" }).waitFor();
  expect(await again.getByText(`An answer ${run}`).count()).toBe(1);
  expect(await published(ann, `Written in a tunnel ${run}`)).toBe(1);
  expect(await accessibilityViolations(again)).toEqual([]);
  await context.close();
});

test("two tabs leave each other's drafts alone", async () => {
  // Each try has posts of its own.
  const run = Date.now().toString(36);
  const one = await enter(browser, ann, { viewport: DESK });
  const context = one.context();
  const two = await open(context, "/");
  await editor(two).fill(`Half a thought ${run}`);
  await editor(one).fill(`A whole one ${run}`);
  await one.getByRole("button", { name: /^Publish to/ }).click();
  await feed(one).getByText(`A whole one ${run}`).waitFor();
  await one.getByText("Published.").first().waitFor();
  // It appears in the other tab, which reads as it did.
  await feed(two).getByText(`A whole one ${run}`).waitFor();
  expect(await editor(two).inputValue()).toBe(`Half a thought ${run}`);
  await two.reload();
  await editor(two).waitFor();
  expect(await editor(two).inputValue()).toBe(`Half a thought ${run}`);
  expect(await editor(one).inputValue()).toBe("");
  // A draft whose tab is closed is taken up by the next one.
  await two.close();
  const three = await open(context, "/");
  await three.waitForFunction(
    (text) => [...document.querySelectorAll("textarea")].some(({ value }) => value === text),
    `Half a thought ${run}`,
  );
  await three.getByRole("button", { name: "Discard draft" }).click();
  await three.getByRole("button", { name: "Undo" }).click();
  expect(await editor(three).inputValue()).toBe(`Half a thought ${run}`);
  await three.getByRole("button", { name: "Discard draft" }).click();
  await context.close();
});

test("the audience is shown before one writes, and stays with the account", async () => {
  const page = await enter(browser, ann);
  await page.getByRole("button", { name: /^Who can read this/ }).click();
  await page.getByRole("menuitemradio", { name: "Friends only" }).click();
  await page.reload();
  await page.getByRole("button", { name: "Who can read this: Friends only" }).waitFor();
  await editor(page).fill(`For friends ${run}`);
  expect(await accessibilityViolations(page)).toEqual([]);
  await page.getByRole("button", { name: "Publish to friends" }).click();
  await page.getByText("Published.").first().waitFor();
  await page.getByRole("link", { name: "Chat" }).first().click();
  await page.getByRole("link", { name: "Home" }).first().click();
  await page.getByRole("button", { name: "Who can read this: Friends only" }).waitFor();
  await page.context().close();
  // On a device that doesn't know her yet as well.
  const elsewhere = await enter(browser, ann, { viewport: DESK });
  await elsewhere.getByRole("button", { name: "Who can read this: Friends only" }).waitFor();
  await elsewhere.context().close();
});

test("a picture goes on uploading while one looks elsewhere, and the browser asks before it is thrown away", async () => {
  // What is held back here mustn't pass through a worker.
  const page = await enter(browser, ann, { viewport: PHONE, serviceWorkers: "block" });
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/v1/media", async (route) => {
    await held;
    await route.continue();
  });
  await editor(page).fill(`With a tall picture ${run}`);
  await page.locator('form input[type="file"]').setInputFiles({
    name: "tower.png",
    mimeType: "image/png",
    buffer: await noise(page),
  });
  await page.getByRole("progressbar", { name: "Uploading tower.png" }).waitFor();
  const asked = page.waitForEvent("dialog");
  // The browser's own question, answered by staying.
  void page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();
  await page.getByRole("link", { name: "Explore" }).first().click();
  await page.getByRole("heading", { name: "Explore", level: 1 }).waitFor();
  release();
  await page.getByRole("link", { name: "Home" }).first().click();
  const publish = page.getByRole("button", { name: /^Publish to/ });
  await publish.and(page.locator(":enabled")).click();
  const article = page.getByRole("article").filter({ hasText: `With a tall picture ${run}` });
  await page.getByText("Published.").first().waitFor();
  const picture = article.getByRole("link", { name: "Open the picture" });
  await picture.waitFor();
  // A tower of a picture doesn't make a tower of a post, and one is left at its head.
  expect((await article.boundingBox())?.height).toBeLessThan(900);
  expect(await page.evaluate(() => window.scrollY)).toBeLessThan(844);
  await picture.click();
  const large = page.getByRole("dialog", { name: "Picture" });
  await large.getByRole("button", { name: "Zoom" }).click();
  await page.goBack();
  await large.waitFor({ state: "detached" });
  expect(new URL(page.url()).pathname).toBe("/");
  await page.context().close();
});

test("a deleted post leaves its page, and a page that shows it still says that it is gone", async () => {
  const post = await publish(ann, `Soon gone ${run}`);
  const page = await enter(browser, ann);
  const card = feed(page)
    .getByRole("article")
    .filter({ hasText: `Soon gone ${run}` });
  await card.getByText(`Soon gone ${run}`).click();
  await page.getByRole("heading", { name: "Comments" }).waitFor();
  expect(new URL(page.url()).pathname).toBe(`/posts/${post}`);
  const other = await open(page.context(), `/posts/${post}`);
  await other.getByRole("heading", { name: "Comments" }).waitFor();
  await page.getByRole("button", { name: /More about the post/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await editor(page).waitFor();
  expect(new URL(page.url()).pathname).toBe("/");
  expect(await feed(page).getByText(`Soon gone ${run}`).count()).toBe(0);
  expect(await page.evaluate(() => document.activeElement?.tagName)).not.toBe("BODY");
  await page.goto(`/posts/${post}`);
  await page.getByText("This post isn’t here").waitFor();
  await page.context().close();
});

test("one's own comment stays in sight beyond twenty, and others' are announced", async () => {
  const post = await publish(ann, `Much discussed ${run}`);
  for (let n = 1; n <= 23; n += 1) {
    await ben.call("POST", `/v1/posts/${post}/comments`, { text: `Remark ${n} of ${run}` });
  }
  const page = await enter(browser, ann, { viewport: DESK });
  await page.goto(`/posts/${post}`);
  await page.getByText(`Remark 20 of ${run}`).waitFor();
  await page.getByRole("textbox", { name: "Write a comment" }).fill(`Mine ${run}`);
  await page.getByRole("button", { name: "Send the comment" }).click();
  const mine = page.getByRole("article", { name: "Comment by Ann Poster" });
  await mine.getByRole("button", { name: /More about the comment/ }).waitFor();
  await page.getByRole("button", { name: "Show more comments" }).click();
  await page.getByText(`Remark 23 of ${run}`).waitFor();
  expect(await mine.count()).toBe(1);

  // What was counted before the post was watched isn't told again.
  const news = page.getByRole("button", { name: /Show \d+ new comments?/ });
  for (let tries = 1; tries <= TRIES && !(await news.isVisible()); tries += 1) {
    await ben.call("POST", `/v1/posts/${post}/comments`, { text: `News ${tries} of ${run}` });
    await news.waitFor({ timeout: ONE_TRY }).catch(() => {});
  }
  await news.click();
  await page.getByText(`News 1 of ${run}`).waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
  await page.context().close();
});

test("a long feed stays where it is when posts come above it and one comes back to its window", async () => {
  for (let n = 1; n <= 60; n += 1) await publish(ben, `Line ${n} of ${run}`);
  const page = await enter(browser, ann);
  await page.clock.install();
  const line = feed(page).getByText(`Line 12 of ${run}`, { exact: true });
  for (let tries = 0; tries < 60 && !(await line.isVisible()); tries += 1) {
    await page.mouse.move(200, 400);
    await page.mouse.wheel(0, 600);
    await page.clock.runFor(100);
  }
  await line.scrollIntoViewIfNeeded();
  await page.clock.runFor(1_000);
  const place = async () => (await line.boundingBox())?.y ?? Number.NaN;
  const before = await place();
  for (let n = 1; n <= 3; n += 1) await publish(ben, `News ${n} for ${run}`);
  await page.clock.fastForward(60_000);
  await page.evaluate(() => {
    window.dispatchEvent(new Event("focus"));
    document.dispatchEvent(new Event("visibilitychange"));
  });
  const pill = page.getByRole("button", { name: "3 new posts" });
  await pill.waitFor();
  expect(Math.abs((await place()) - before)).toBeLessThan(2);
  await page.context().close();
});

/** Scrolls on until a line of the feed is well on the screen. Returns where it is from then on. */
async function readTo(page: Page, text: string) {
  const line = feed(page).getByText(text, { exact: true });
  // What is near the screen is in the document too.
  const place = () =>
    line.evaluateAll(([element]) => element?.getBoundingClientRect().top ?? Number.NaN);
  const isRead = (top: number) => top > 150 && top < 650;
  for (let tries = 0; tries < 400 && !isRead(await place()); tries += 1) {
    await page.evaluate(() => window.scrollBy({ top: 300, behavior: "instant" }));
    await nextFrames(page);
  }
  await nextFrames(page);
  return place;
}

test("a long feed is where it was after a reload, and on the way back from a post, each time", async () => {
  const [reader, writer] = await twoMore();
  for (let n = 1; n <= 100; n += 1)
    await publish(writer, `Thought ${n}${" and so on".repeat(n % 7)}`);
  const page = await enter(browser, reader);
  const place = await readTo(page, "Thought 35");
  const before = await place();
  await page.reload();
  await expect.poll(async () => Math.abs((await place()) - before)).toBeLessThan(2);

  for (let visits = 1; visits <= 3; visits += 1) {
    await feed(page).getByText("Thought 35", { exact: true }).click();
    await page.getByRole("heading", { name: "Comments" }).waitFor();
    await page.goBack();
    await expect.poll(async () => Math.abs((await place()) - before)).toBeLessThan(2);
    // Nor does it move later, when all of the page is there.
    await editor(page).waitFor({ state: "attached" });
    await nextFrames(page);
    expect(Math.abs((await place()) - before)).toBeLessThan(2);
  }
  // A page that is opened anew begins at its top; to ask for the same address again is a reload.
  await page.goto("/settings");
  await page.goto("/");
  await feed(page).getByText("Thought 100", { exact: false }).first().waitFor();
  await editor(page).waitFor();
  await nextFrames(page);
  expect(await page.evaluate(() => window.scrollY)).toBe(0);
  await page.context().close();
});

test("what one reads in a long feed stays in its place while a post of one's own goes out above it", async () => {
  const [reader, writer] = await twoMore();
  for (let n = 1; n <= 60; n += 1) await publish(writer, `Line ${n} to read`);
  const page = await enter(browser, reader);
  await readTo(page, "Line 10 to read");
  await page.context().setOffline(true);
  await page.evaluate(() => window.scrollTo({ top: 0 }));
  await editor(page).fill(`From a tunnel ${run}`);
  await page.getByRole("button", { name: /^Publish to/ }).click();
  await page.getByRole("button", { name: "Discard" }).waitFor();
  const place = await readTo(page, "Line 10 to read");
  const before = await place();
  // First the card above says that it is on its way and can't be discarded, then it joins the others.
  await page.context().setOffline(false);
  await page.getByText("Published.").first().waitFor();
  await nextFrames(page);
  await nextFrames(page);
  expect(Math.abs((await place()) - before)).toBeLessThan(2);
  await page.context().close();
});

test("addresses and names can be followed, and each paragraph begins at its own side", async () => {
  const text = `See https://example.org/a_(b). @${ben.username} knows\nممتاز جداً!`;
  await publish(ann, text);
  const page = await enter(browser, ann);
  const article = feed(page).getByRole("article").filter({ hasText: "ممتاز" });
  const link = article.getByRole("link", { name: "https://example.org/a_(b)" });
  expect(await link.getAttribute("href")).toBe("https://example.org/a_(b)");
  expect(await link.getAttribute("rel")).toBe("nofollow noopener noreferrer ugc");
  // Where the Arabic line ends: at the left.
  const places = await article.locator("p", { hasText: "ممتاز" }).evaluate((paragraph) => {
    const node = [...paragraph.childNodes].at(-1);
    const range = document.createRange();
    if (!node?.textContent) return null;
    range.setStart(node, node.textContent.length - 1);
    range.setEnd(node, node.textContent.length);
    const mark = range.getBoundingClientRect();
    const box = paragraph.getBoundingClientRect();
    const start = node.textContent.indexOf("م");
    range.setStart(node, start);
    range.setEnd(node, start + 1);
    return { mark: mark.left, first: range.getBoundingClientRect().right, right: box.right };
  });
  expect(places?.first).toBeGreaterThan((places?.right ?? 0) - 2);
  expect(places?.mark).toBeLessThan(places?.first ?? 0);
  await article.getByRole("link", { name: `@${ben.username}` }).click();
  await page.getByRole("heading", { name: "Ben Poster", level: 1 }).waitFor();
  await page.context().close();
});
