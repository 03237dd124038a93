import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { PASSWORD, type Someone } from "./api";
import { baseURL, newPage } from "./browser";

export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1280, height: 844 };

/** Logs somebody in, who then goes on to where they wanted. */
export async function logIn(page: Page, who: Pick<Someone, "username">, next = "/"): Promise<void> {
  await page.goto(`/login?next=${encodeURIComponent(next)}`);
  await page.getByLabel("Username or email").fill(who.username);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL((url) => url.pathname !== "/login");
}

/** Somebody at home, in a browser of their own, ready to write. */
export async function enter(
  browser: Browser,
  who: Someone,
  options: BrowserContextOptions = { viewport: PHONE },
): Promise<Page> {
  const page = await newPage(await browser.newContext({ baseURL, ...options }));
  await logIn(page, who);
  await editor(page).waitFor();
  return page;
}

/** Where a post is written. */
export const editor = (page: Page) => page.getByRole("textbox", { name: "Text 1 of 1" });

/** Publishes a post to friends, without a browser; returns its id. */
export async function publish(who: Someone, text: string): Promise<string> {
  const blocks = [{ type: "text", text }];
  const answer = await who.call("POST", "/v1/posts", { blocks, visibility: "friends" });
  return (await answer.json()).id;
}
