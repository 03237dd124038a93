import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { befriend, PASSWORD, signUpByApi, write } from "./api";
import { baseURL, launch } from "./browser";

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
});

test("what one reads stays where it is while older messages load and new ones arrive", async () => {
  const run = Date.now().toString(36);
  const ann = await signUpByApi(`ann_${run}`, "Ann Arbor");
  const ben = await signUpByApi(`ben_${run}`, "Ben Nevis");
  await befriend(ann, ben);
  for (let n = 1; n <= 60; n += 1) await write(n % 2 ? ann : ben, n % 2 ? ben : ann, `Number ${n}`);

  const context = await browser.newContext({ baseURL, viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(`/login?next=/chat/${ben.username}`);
  await page.getByLabel("Username or email").fill(ann.username);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  const chat = page.getByRole("region", { name: "Chat with Ben Nevis" });
  await chat.getByText("Number 60", { exact: true }).waitFor();
  await expect(chat.getByText("Number 20", { exact: true }).count()).resolves.toBe(0);

  // Near the top of what is loaded, the older ones come in above.
  const read = chat.getByText("Number 25", { exact: true });
  const before = await read.evaluate(async (message) => {
    const scroller = message.closest("[data-scroller]");
    if (scroller) scroller.scrollTop = -scroller.scrollHeight + scroller.clientHeight + 60;
    return message.getBoundingClientRect().top;
  });
  await chat.getByText("Number 1", { exact: true }).waitFor({ state: "attached" });
  await chat.getByText("This is where your chat begins.").waitFor({ state: "attached" });
  const top = () => read.evaluate((message) => message.getBoundingClientRect().top);
  expect(Math.abs((await top()) - before)).toBeLessThan(2);

  // What arrives meanwhile is announced, not scrolled to.
  await write(ben, ann, "Number 61");
  const toNewest = page.getByRole("button", { name: "Go to the newest message" });
  await toNewest.getByText("1 new message").waitFor();
  expect(Math.abs((await top()) - before)).toBeLessThan(2);
  await toNewest.click();
  await chat.getByText("Number 61", { exact: true }).waitFor();
  await toNewest.waitFor({ state: "detached" });
});
