import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessibilityViolations, baseURL, launch, newPage } from "./browser";

// The way through Echo of two people in two browsers, on the real system. Nothing is reloaded
// unless it says so, and nothing sleeps: each step waits for what it should lead to.

interface Person {
  name: string;
  username: string;
}

let browser: Browser;
const problems: string[] = [];

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
});

async function open(who: string, viewport: { width: number; height: number }): Promise<Page> {
  const context = await browser.newContext({ baseURL, viewport });
  const page = await newPage(context);
  page.on("pageerror", (error) => problems.push(`${who}: ${error.message}`));
  page.on("console", (line) => {
    if (line.text().includes("Content Security Policy")) problems.push(`${who}: ${line.text()}`);
  });
  return page;
}

async function signUp(page: Page, { name, username }: Person): Promise<void> {
  await page.goto("/signup");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Email").fill(`${username}@example.org`);
  await page.getByLabel("Password", { exact: true }).fill("a long enough password");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("textbox", { name: "Text 1 of 1" }).waitFor();
}

/** The navigation that is on screen: the tab bar on a phone, the side at a desk. */
const navigate = (page: Page, to: string) =>
  page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: to }).click();

async function expectAccessible(page: Page, what: string): Promise<void> {
  expect(await accessibilityViolations(page), what).toEqual([]);
}

test("two people sign up, become friends, post and chat, each seeing the other's message arrive", async () => {
  // Of each try's own, for a name that was taken stays taken.
  const run = Date.now().toString(36);
  const ann: Person = { name: "Ann Arbor", username: `ann_${run}` };
  const ben: Person = { name: "Ben Nevis", username: `ben_${run}` };
  const annsPage = await open("Ann", { width: 1280, height: 800 });
  const bensPage = await open("Ben", { width: 390, height: 844 });

  await annsPage.goto("/login");
  await annsPage.getByRole("heading", { name: "Welcome back" }).waitFor();
  await expectAccessible(annsPage, "log-in");

  await signUp(annsPage, ann);
  await signUp(bensPage, ben);
  await expectAccessible(bensPage, "an empty home page");

  // A name that is taken is said at its field.
  const third = await open("third", { width: 390, height: 844 });
  await third.goto("/signup");
  await third.getByLabel("Name", { exact: true }).fill("Another Ann");
  await third.getByLabel("Username").fill(ann.username);
  await third.getByLabel("Email").fill(`other_${ann.username}@example.org`);
  await third.getByLabel("Password", { exact: true }).fill("a long enough password");
  await third.getByRole("button", { name: "Create account" }).click();
  await third.getByText("Somebody has this username already.").waitFor();
  await expectAccessible(third, "sign-up with an error");
  await third.context().close();

  // Ann finds Ben by name and asks him.
  await navigate(annsPage, "Friends");
  await annsPage.getByRole("heading", { name: "Friends", level: 1 }).waitFor();
  await expectAccessible(annsPage, "friends");
  const search = annsPage.getByRole("combobox", { name: "Search people" });
  await search.and(annsPage.locator(":visible")).fill(ben.username.slice(0, -1));
  await annsPage.getByRole("option", { name: new RegExp(`@${ben.username}`) }).waitFor();
  await expectAccessible(annsPage, "people found as one types");
  await annsPage.keyboard.press("Enter");
  await annsPage.getByRole("heading", { name: ben.name, exact: true }).waitFor();
  await annsPage.getByRole("button", { name: "Add friend" }).click();
  await annsPage.getByRole("button", { name: `Cancel request to ${ben.name}` }).waitFor();
  await expectAccessible(annsPage, "a profile");

  // Ben sees the request and accepts it.
  await navigate(bensPage, "Friends");
  await bensPage.getByRole("tab", { name: "1 request waiting" }).click();
  await bensPage.getByRole("button", { name: `Accept ${ann.name}’s request` }).click();
  await bensPage.getByRole("tab", { name: "Friends" }).click();
  await bensPage
    .getByRole("tabpanel")
    .getByRole("link", { name: ann.name, exact: false })
    .first()
    .waitFor();
  await expectAccessible(bensPage, "friends, with one");

  // Ann publishes a post of two blocks: it is in her feed at once, and after a reload.
  await navigate(annsPage, "Home");
  await annsPage.getByRole("textbox", { name: "Text 1 of 1" }).fill("First light on the hill.");
  await annsPage.getByRole("button", { name: "Add text" }).click();
  await annsPage.getByRole("textbox", { name: "Text 2 of 2" }).fill("Worth the climb.");
  await expectAccessible(annsPage, "the composer");
  await annsPage.getByRole("button", { name: "Publish" }).click();
  const feed = annsPage.getByRole("region", { name: "Home" });
  await feed.getByText("First light on the hill.").waitFor();
  await annsPage.getByText("Published.").first().waitFor();
  await annsPage.reload();
  await feed.getByText("Worth the climb.").waitFor();
  await feed.getByRole("link", { name: /^Open the post/ }).click();
  await annsPage.getByRole("heading", { name: "Post", level: 1 }).waitFor();
  await expectAccessible(annsPage, "a post");

  // Ben reads it in Explore and on Ann's profile, from where he writes to her.
  await navigate(bensPage, "Explore");
  const annsPost = bensPage.getByRole("article").filter({ hasText: `@${ann.username}` });
  await annsPost.getByText("First light on the hill.").waitFor();
  await annsPost.getByRole("link", { name: ann.name, exact: true }).click();
  await bensPage.getByRole("heading", { name: ann.name, exact: true }).waitFor();
  await bensPage.getByText("Worth the climb.").waitFor();
  await bensPage.getByRole("link", { name: "Message", exact: true }).click();
  await bensPage.getByText(`Say hello to ${ann.name}`).waitFor();
  await bensPage.getByRole("textbox", { name: "Write a message" }).fill("Take me along next time?");
  await bensPage.getByRole("button", { name: "Send" }).click();
  const bensChat = bensPage.getByRole("region", { name: `Chat with ${ann.name}` });
  await bensChat.getByText("Take me along next time?").waitFor();
  await bensChat.getByText("Sent", { exact: true }).waitFor();

  // Ann, still on her post, sees that a message has come, and finds it in the chat.
  await annsPage
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: "1 unread message" })
    .waitFor();
  await navigate(annsPage, "Chat");
  await annsPage
    .getByRole("link", { name: /Take me along next time/ })
    .first()
    .click();
  const annsChat = annsPage.getByRole("region", { name: `Chat with ${ben.name}` });
  await annsChat.getByText("Take me along next time?").waitFor();
  await annsPage
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: /unread/ })
    .waitFor({ state: "detached" });

  // Ben sees that she has read it, and her answer as it comes.
  await bensChat.getByText("Read", { exact: true }).waitFor();
  await annsPage
    .getByRole("textbox", { name: "Write a message" })
    .fill("Saturday, five in the morning!");
  await annsPage.keyboard.press("Enter");
  await bensChat.getByText("Saturday, five in the morning!").waitFor();
  await annsChat.getByText("Read", { exact: true }).waitFor();
  await expectAccessible(annsPage, "a chat at a desk");
  await expectAccessible(bensPage, "a chat on a phone");

  // In the dark the colours are others.
  await annsPage.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(annsPage, "a chat in the dark");
  await navigate(annsPage, "Home");
  await feed.getByText("Worth the climb.").waitFor();
  await expectAccessible(annsPage, "home in the dark");

  // What is written without a network waits, survives a reload of the app's memory, and arrives.
  await annsPage.goto(`/chat/${ben.username}`);
  await annsChat.getByText("Saturday, five in the morning!").waitFor();
  await annsPage.context().setOffline(true);
  await annsPage.getByText(/You’re offline/).waitFor();
  await annsPage.getByRole("textbox", { name: "Write a message" }).fill("And bring tea.");
  await annsPage.keyboard.press("Enter");
  await annsChat.getByText("And bring tea.").waitFor();
  await annsPage.context().setOffline(false);
  await bensChat.getByText("And bring tea.").waitFor();

  // Logging out ends it, for the back button too.
  await navigate(annsPage, "Home");
  await annsPage.getByRole("link", { name: "Settings" }).click();
  await expectAccessible(annsPage, "settings");
  await annsPage.getByRole("button", { name: "Log out", exact: true }).click();
  await annsPage.getByRole("heading", { name: "Log in" }).waitFor();
  await annsPage.goBack();
  await annsPage.getByRole("heading", { name: "Welcome back" }).waitFor();

  expect(problems).toEqual([]);
});
