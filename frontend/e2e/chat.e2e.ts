import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ONE_TRY } from "../patience";
import { befriend, type Someone, signUpByApi, write } from "./api";
import { accessibilityViolations, baseURL, launch, newPage } from "./browser";
import { DESK, logIn, PHONE } from "./people";

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
});

/** Two friends of whom nobody else knows. */
async function twoFriends(): Promise<[Someone, Someone]> {
  const run = Date.now().toString(36);
  const ann = await signUpByApi(`ann_${run}`, "Ann Arbor");
  const ben = await signUpByApi(`ben_${run}`, "Ben Nevis");
  await befriend(ann, ben);
  return [ann, ben];
}

const chatOf = (page: Page, name: string) =>
  page.getByRole("region", { name: `Chat with ${name}` });
const composerOf = (page: Page) => page.getByRole("textbox", { name: "Write a message" });

/** Signs somebody in and opens the chat with another. */
async function openChat(
  who: Someone,
  other: Someone,
  options: BrowserContextOptions = { viewport: PHONE },
): Promise<Page> {
  const page = await newPage(await browser.newContext({ baseURL, ...options }));
  await logIn(page, who, `/chat/${other.username}`);
  return page;
}

interface Stretch {
  items: { position: string }[];
  read_up_to: string | null;
  peer_read_up_to: string | null;
}

const stretch = async (who: Someone, other: Someone): Promise<Stretch> =>
  (await who.call("GET", `/v1/conversations/${other.id}/messages?limit=1`)).json();
const readUpTo = async (who: Someone, other: Someone) => (await stretch(who, other)).read_up_to;
const newestOf = async (who: Someone, other: Someone) =>
  (await stretch(who, other)).items[0]?.position;

test("what one reads stays where it is while older messages load and new ones arrive", async () => {
  const [ann, ben] = await twoFriends();
  for (let n = 1; n <= 130; n += 1) {
    await write(n % 2 ? ann : ben, n % 2 ? ben : ann, `Number ${n}`);
  }
  // What is held back below mustn't pass through a worker.
  const page = await openChat(ann, ben, { viewport: PHONE, serviceWorkers: "block" });
  const chat = chatOf(page, "Ben Nevis");
  // It opens at what she hasn't answered yet, which is his last.
  await chat.getByText("New messages").waitFor();
  await chat.getByText("Number 130", { exact: true }).waitFor();
  // What was loaded to get there is forgotten by a new visit.
  await expect.poll(() => readUpTo(ann, ben)).toBe(await newestOf(ann, ben));
  await page.reload();
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
  const toNewest = page.getByRole("button", { name: /^Go to the newest message/ });
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

test("a chat opens at the first unread message, and says of no other that it was read", async () => {
  const [ann, ben] = await twoFriends();
  await write(ann, ben, "You first");
  for (let n = 1; n <= 60; n += 1) await write(ben, ann, `Number ${n}`);
  const page = await openChat(ann, ben, { viewport: DESK });
  const chat = chatOf(page, "Ben Nevis");
  await chat.getByText("New messages").waitFor();
  await expect(inSight(chat.getByText("Number 1", { exact: true }))).resolves.toBe(true);
  await expect(inSight(chat.getByText("You first"))).resolves.toBe(true);
  expect(await chat.getByText("Number 60", { exact: true }).count()).toBe(0);

  // What is below is counted, here and in the tab's title.
  const below = page.getByRole("button", { name: /^Go to the newest message, \d+ new/ });
  await below.waitFor();
  const left = async () => Number(/\d+/.exec(await below.innerText())?.[0]);
  expect(await left()).toBeGreaterThan(30);
  await expect.poll(async () => (await stretch(ann, ben)).read_up_to).not.toBe(null);
  // What comes into sight while the page is laid out is read a moment later.
  await expect
    .poll(async () => {
      const path = `/v1/conversations/${ann.id}/messages?limit=100`;
      const all: Stretch = await (await ben.call("GET", path)).json();
      const unread = all.items.filter(({ position }) => isAfter(position, all.peer_read_up_to));
      return unread.length - (await left());
    })
    .toBe(0);
  await expect.poll(() => page.title()).toBe(`(${await left()}) Chat with Ben Nevis · Echo`);

  await below.click();
  await chat.getByText("Number 60", { exact: true }).waitFor();
  await expect.poll(() => page.title()).toBe("Chat with Ben Nevis · Echo");
  await expect.poll(() => readUpTo(ann, ben)).toBe(await newestOf(ann, ben));
});

const isAfter = (position: string, other: string | null) =>
  Number(position.slice(1)) > Number((other ?? "c0").slice(1));

/** True for what is on the screen, wherever the document has it. */
const inSight = (what: Locator) =>
  what.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return top >= 0 && bottom <= window.innerHeight;
  });

test("without a network a phone still shows the composer, and what is sent says that it waits", async () => {
  const [ann, ben] = await twoFriends();
  await write(ben, ann, "Are you there?");
  const page = await openChat(ann, ben);
  const chat = chatOf(page, "Ben Nevis");
  await chat.getByText("Are you there?").waitFor();
  await page.context().setOffline(true);
  await page.getByText(/You’re offline/).waitFor();
  expect(await inSight(composerOf(page))).toBe(true);
  await composerOf(page).fill("In a tunnel, with half a sentence left to say");
  await page.getByRole("button", { name: "Send" }).click();
  await chat.getByText("Waiting for a connection").waitFor();
  // Nothing is wrapped that has room, whether it waits or not.
  const bubble = chat.getByText("In a tunnel, with half a sentence left to say");
  const shape = () =>
    bubble.evaluate((text: HTMLElement) => ({
      width: text.offsetWidth,
      height: text.offsetHeight,
    }));
  const waiting = await shape();
  expect(waiting.width).toBeGreaterThan(250);
  await page.context().setOffline(false);
  await chat.getByText("Sent", { exact: true }).waitFor();
  expect(await shape()).toEqual(waiting);
});

test("a chat without the socket's code gets it as soon as it is to be had", async () => {
  const [ann, ben] = await twoFriends();
  // A worker would have it on the device.
  const options = { baseURL, viewport: DESK, serviceWorkers: "block" as const };
  const page = await newPage(await browser.newContext(options));
  let lost = 0;
  await page.route("**/assets/*.js", async (route) => {
    const response = await route.fetch();
    // Engine.IO's version is in its own code alone.
    const isSocket = (await response.text()).includes("EIO");
    if (isSocket) lost += 1;
    await (isSocket && lost <= 2 ? route.abort() : route.fulfill({ response }));
  });
  await logIn(page, ann, `/chat/${ben.username}`);
  await composerOf(page).waitFor();
  await expect.poll(() => lost).toBeGreaterThan(2);
  await write(ben, ann, "Live after all");
  await chatOf(page, "Ben Nevis").getByText("Live after all").waitFor();
});

test("who is a friend no longer is told why, and writes again once they are", async () => {
  const [ann, ben] = await twoFriends();
  const page = await openChat(ann, ben, { viewport: DESK });
  const chat = chatOf(page, "Ben Nevis");
  await composerOf(page).waitFor();
  await ben.call("DELETE", `/v1/friends/${ann.id}`);
  await composerOf(page).fill("Still there?");
  await page.keyboard.press("Enter");
  await chat.getByText("Only friends can write to each other.").waitFor();
  await page.getByText("You can read this chat, but only friends can write").waitFor();

  await ann.call("POST", "/v1/friend-requests", { user_id: ben.id });
  await ben.call("POST", `/v1/friend-requests/${ann.id}/accept`);
  await composerOf(page).waitFor();
  await chat.getByRole("button", { name: "Try again" }).click();
  await chat.getByText("Sent", { exact: true }).waitFor();
});

test("a message that arrives elsewhere is shown, and leads to its chat", async () => {
  const [ann, ben] = await twoFriends();
  const page = await newPage(await browser.newContext({ baseURL, viewport: PHONE }));
  await logIn(page, ann, "/explore");
  await page.getByRole("heading", { name: "Explore" }).waitFor();
  const toast = page.getByRole("button", { name: /Ben Nevis\s*Have you heard/ });
  // What came before the connection was there is counted, not announced.
  const heard = async () => {
    await write(ben, ann, "Have you heard?");
    return toast.isVisible();
  };
  await expect.poll(heard, { interval: ONE_TRY }).toBe(true);
  expect(await accessibilityViolations(page)).toEqual([]);
  await toast.click();
  await chatOf(page, "Ben Nevis").getByText("Have you heard?").first().waitFor();
  // The chat that is open shows it itself.
  await write(ben, ann, "I have.");
  await chatOf(page, "Ben Nevis").getByText("I have.").waitFor();
  expect(await page.getByRole("button", { name: /Ben Nevis\s*I have/ }).count()).toBe(0);
});

test("by touch a long press on a message opens what can be done about it, and Enter makes a line", async () => {
  const [ann, ben] = await twoFriends();
  await write(ben, ann, "Press me");
  const page = await openChat(ann, ben, { viewport: PHONE, hasTouch: true, isMobile: true });
  const message = chatOf(page, "Ben Nevis").getByText("Press me");
  await message.waitFor();
  // Nothing stands beside the message for the eye; a screen reader finds the button.
  const button = page.getByRole("button", { name: "More about this message" });
  expect((await button.boundingBox())?.width).toBeLessThan(3);
  // Where it stays: a list that is still being laid out moves under the finger.
  await message.click({ trial: true });
  const { x, y } = await message.evaluate((text) => text.getBoundingClientRect().toJSON());
  const touches = await page.context().newCDPSession(page);
  const touchPoints = [{ x: x + 10, y: y + 10 }];
  await touches.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
  await page.getByRole("menuitem", { name: "Copy text" }).waitFor();
  await touches.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await page.getByRole("menuitem", { name: "Report message" }).waitFor();
  await page.keyboard.press("Escape");

  await composerOf(page).tap();
  await page.keyboard.type("one");
  await page.keyboard.press("Enter");
  await page.keyboard.type("two");
  expect(await composerOf(page).inputValue()).toBe("one\ntwo");
  await page.keyboard.press("Control+Enter");
  await chatOf(page, "Ben Nevis").getByText("one\ntwo").waitFor();
});

test("Arabic and Hebrew begin at the right, in messages, in the list and where they are written", async () => {
  const [ann, ben] = await twoFriends();
  await write(ben, ann, "ممتاز جداً!");
  const page = await openChat(ann, ben, { viewport: DESK });
  const chat = chatOf(page, "Ben Nevis");
  const direction = (what: Locator) => what.evaluate((text) => getComputedStyle(text).direction);
  expect(await direction(chat.getByText("ممتاز جداً!"))).toBe("rtl");
  expect(await direction(page.getByRole("link").getByText("ممتاز جداً!"))).toBe("rtl");
  await composerOf(page).fill("שלום");
  expect(await direction(composerOf(page))).toBe("rtl");
});
