import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { befriend, PASSWORD, type Someone, signUpByApi, write } from "./api";
import { accessibilityViolations, baseURL, launch, newPage, requireVariable } from "./browser";

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
});

async function open(path: string): Promise<Page> {
  const context = await browser.newContext({ baseURL, viewport: { width: 390, height: 844 } });
  const page = await newPage(context);
  await page.goto(path);
  return page;
}

async function logIn(page: Page, who: Someone, password: string): Promise<void> {
  await page.getByLabel("Username or email").fill(who.username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** The address that a mail to somebody leads to, once it is there. */
async function mailedLink(to: string, page: string): Promise<string> {
  const folder = requireVariable("ECHO_E2E_MAIL");
  const look = async () => {
    const files = await readdir(folder).catch(() => []);
    for (const file of files
      .filter((name) => name.endsWith(".eml"))
      .sort()
      .reverse()) {
      const mail = await readFile(join(folder, file), "utf8");
      if (!mail.includes(to)) continue;
      // Long lines come in quoted-printable, broken with a `=` at the end.
      const text = mail.replace(/=\r?\n/g, "").replace(/=3D/g, "=");
      const found = new RegExp(`/${page}#token=\\S+`).exec(text)?.[0];
      if (found) return found;
    }
    return null;
  };
  await expect.poll(look).not.toBeNull();
  return (await look()) ?? "";
}

test("who forgot the password sets a new one by the link in a mail, and logs in with it", async () => {
  const ann = await signUpByApi(`ann_${Date.now().toString(36)}`, "Ann Arbor");
  const page = await open("/login");
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByRole("heading", { name: "Reset your password" }).waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
  await page.getByLabel("Email").fill(`${ann.username}@example.org`);
  await page.getByRole("button", { name: "Send the link" }).click();
  await page.getByText("Check your email").waitFor();

  await page.goto(await mailedLink(`${ann.username}@example.org`, "reset-password"));
  await page.getByRole("heading", { name: "Set a new password" }).waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
  // The token isn't left in the address, where it would be kept and shown.
  await expect.poll(() => page.url()).not.toContain("token");
  await page.getByLabel("New password").fill("another long password");
  await page.getByRole("button", { name: "Save new password" }).click();
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  await logIn(page, ann, PASSWORD);
  await page.getByText("That name and password don’t match.").waitFor();
  await logIn(page, ann, "another long password");
  await page.getByRole("heading", { name: "It’s quiet here" }).waitFor();

  // The whole client in another language, kept on this device.
  await page.goto("/settings");
  await page.getByRole("combobox", { name: "Language" }).selectOption("de");
  await page.getByRole("heading", { name: "Einstellungen" }).waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("de");
  await page.getByRole("button", { name: "Passwort ändern" }).click();
  await page.getByLabel("Jetziges Passwort").waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
});

test("two tabs of one person show the same: what is read and sent in one is so in the other", async () => {
  const run = Date.now().toString(36);
  const ann = await signUpByApi(`ann_${run}`, "Ann Arbor");
  const ben = await signUpByApi(`ben_${run}`, "Ben Nevis");
  await befriend(ann, ben);
  await write(ben, ann, "Are you there?");

  const chatting = await open(`/login?next=/chat`);
  await logIn(chatting, ann, PASSWORD);
  await chatting.getByRole("link", { name: /Are you there/ }).waitFor();
  const reading = await newPage(chatting.context());
  await reading.goto("/explore");
  const unread = reading
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: /unread message/ });
  await unread.waitFor();

  // Read in the one tab, it doesn't wait in the other any more.
  await chatting.bringToFront();
  await chatting.getByRole("link", { name: /Are you there/ }).click();
  await chatting.getByRole("region", { name: "Chat with Ben Nevis" }).waitFor();
  await unread.waitFor({ state: "detached" });

  // Sent in the one, even without a network at first, it is in the other, once.
  await reading.goto(`/chat/${ben.username}`);
  await reading.getByRole("region", { name: "Chat with Ben Nevis" }).waitFor();
  await chatting.getByRole("textbox", { name: "Write a message" }).fill("In both of them.");
  await chatting.getByRole("button", { name: "Send" }).click();
  const inOther = reading
    .getByRole("region", { name: "Chat with Ben Nevis" })
    .getByText("In both of them.");
  await inOther.waitFor();
  await reading.getByText("Sent", { exact: true }).waitFor();
  expect(await inOther.count()).toBe(1);
});
