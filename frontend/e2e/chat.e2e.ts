import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { befriend, PASSWORD, type Someone, signUpByApi, write } from "./api";
import { baseURL, launch, newPage } from "./browser";

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
});

/** Signs somebody in and opens the chat with another. */
async function openChat(who: Someone, other: Someone): Promise<Page> {
  const context = await browser.newContext({ baseURL, viewport: { width: 390, height: 844 } });
  const page = await newPage(context);
  await page.goto(`/login?next=/chat/${other.username}`);
  await page.getByLabel("Username or email").fill(who.username);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  return page;
}

test("what one reads stays where it is while older messages load and new ones arrive", async () => {
  const run = Date.now().toString(36);
  const ann = await signUpByApi(`ann_${run}`, "Ann Arbor");
  const ben = await signUpByApi(`ben_${run}`, "Ben Nevis");
  await befriend(ann, ben);
  for (let n = 1; n <= 130; n += 1) {
    await write(n % 2 ? ann : ben, n % 2 ? ben : ann, `Number ${n}`);
  }
  const page = await openChat(ann, ben);
  const chat = page.getByRole("region", { name: "Chat with Ben Nevis" });
  await chat.getByText("Number 130", { exact: true }).waitFor();
  // Far from the screen is not in the document.
  expect(await chat.getByText("Number 100", { exact: true }).count()).toBe(0);

  // Close to the top of what is loaded the older ones come in above, and what is on screen stays.
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/messages?*cursor=*", async (route) => {
    await released;
    await route.continue();
  });
  const height = () => chat.evaluate((list) => list.scrollHeight);
  const topOf = (text: string) =>
    chat
      .getByText(text, { exact: true })
      .evaluate((message) => Math.round(message.getBoundingClientRect().top));
  await chat.evaluate((list) => list.scrollTo({ top: 100 }));
  await chat.getByText("Number 93", { exact: true }).waitFor();
  const before = { height: await height(), top: await topOf("Number 93") };
  release();
  await expect.poll(height).toBeGreaterThan(before.height);
  expect(Math.abs((await topOf("Number 93")) - before.top)).toBeLessThan(3);

  // What arrives meanwhile is announced, not scrolled to.
  await write(ben, ann, "Number 131");
  const toNewest = page.getByRole("button", { name: "Go to the newest message" });
  await toNewest.getByText("1 new message").waitFor();
  expect(Math.abs((await topOf("Number 93")) - before.top)).toBeLessThan(3);
  await toNewest.click();
  await chat.getByText("Number 131", { exact: true }).waitFor();
  await toNewest.waitFor({ state: "detached" });

  // At the end one stays there.
  await write(ben, ann, "Number 132");
  await chat.getByText("Number 132", { exact: true }).waitFor();
  expect(await toNewest.count()).toBe(0);

  // All the way up is where it began.
  await expect
    .poll(async () => {
      await chat.evaluate((list) => list.scrollTo({ top: 0 }));
      return chat.getByText("Number 1", { exact: true }).count();
    })
    .toBe(1);
  await chat.getByText("This is where your chat begins.").waitFor();
});
