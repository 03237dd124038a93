// Pictures of every page of a running system, on a phone and at a desk, light and dark.
//
//   ECHO_E2E_URL=http://127.0.0.1:8080 ECHO_E2E_LOGIN=… ECHO_E2E_PASSWORD=… npm run screenshots [-- folder]
import { accessSync, constants, mkdirSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const baseURL = variable("ECHO_E2E_URL");
const login = variable("ECHO_E2E_LOGIN");
const password = variable("ECHO_E2E_PASSWORD");
const folder = resolve(
  process.argv[2] ?? fileURLToPath(new URL("../../target/screenshots", import.meta.url)),
);

/** As in `patience.ts`, which plain Node can't read. */
const PATIENCE_MS = 90_000;

const SIZES = [
  { width: 390, height: 844, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  { width: 1280, height: 800, deviceScaleFactor: 1 },
];

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: findChromium(),
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
});
let failed = false;
try {
  for (const colorScheme of ["light", "dark"]) {
    for (const size of SIZES) await visit(colorScheme, size);
  }
} finally {
  await browser.close();
}
process.exit(failed ? 1 : 0);

async function visit(colorScheme, { width, height, ...device }) {
  const viewport = { width, height };
  const context = await browser.newContext({ baseURL, colorScheme, viewport, ...device });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);

  /** Goes somewhere, does what is to be seen there, and takes the picture once it is quiet. */
  async function picture(name, path, prepare = async () => {}) {
    try {
      if (path) await page.goto(path);
      await prepare();
      // A ring around what was clicked last belongs to the clicking, not to the page.
      if (name !== "composer" && name !== "people-search")
        await page.evaluate(() => document.activeElement?.blur());
      await page.waitForLoadState("networkidle");
      await page.evaluate(() => document.fonts.ready);
      // Skeletons are gone, and nothing is half faded in.
      await page.locator(".animate-pulse").first().waitFor({ state: "detached" });
      await page.screenshot({
        path: join(folder, `${name}-${width}-${colorScheme}.png`),
        animations: "disabled",
      });
    } catch (error) {
      failed = true;
      console.error(`${name} ${width} ${colorScheme}: ${error.message.split("\n")[0]}`);
    }
  }
  const link = (pattern) => page.locator(`main a[href*="${pattern}"]:visible`).first();
  const follow = async (pattern) => page.goto(await link(pattern).getAttribute("href"));

  await picture("sign-up", "/signup");
  await picture("sign-up-errors", "/signup", async () => {
    await page.getByLabel("Username").fill("No Spaces");
    await page.getByLabel("Password", { exact: true }).fill("short");
    await page.getByRole("button", { name: "Create account" }).click();
  });
  await picture("forgot-password", "/forgot-password");
  await picture("reset-password", "/reset-password#token=a-token");
  await picture("confirm-email", "/confirm-email#token=a-token");
  await picture("log-in", "/login");
  await page.getByLabel("Username or email").fill(login);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("textbox", { name: /^Text 1/ }).waitFor();

  await picture("home", "/");
  await picture("composer", "/", async () => {
    await page.getByRole("textbox", { name: "Text 1 of 1" }).fill("Things worth getting up for:");
    await page.getByRole("button", { name: "Add text" }).click();
    await page
      .getByRole("textbox", { name: "Text 2 of 2" })
      .fill("The first tram, when it is still dark and warm inside.");
  });
  await page.evaluate(() => {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith("echo:draft:")) localStorage.removeItem(key);
    }
  });
  await picture("explore", "/explore");
  await picture("lightbox", "/explore", async () => {
    await page
      .getByRole("link", { name: /^Open the picture/ })
      .first()
      .click();
    await page.getByRole("dialog").getByRole("img").waitFor();
  });
  await page.goto("/explore");
  await picture("post", null, () => follow("/posts/"));
  await picture("friends", "/friends", () => page.getByRole("tab", { name: "Friends" }).click());
  await picture("profile", null, () => follow("/people/"));
  await picture("friend-requests", "/friends", () =>
    page.getByRole("tab", { name: /^Requests/ }).click(),
  );
  await picture("suggestions", "/friends", () =>
    page.getByRole("tab", { name: "Suggestions" }).click(),
  );
  await picture("people-search", "/friends", async () => {
    await page.getByRole("combobox").and(page.locator(":visible")).fill("a");
    await page.getByRole("option").first().waitFor();
  });
  await picture("blocked", "/friends/blocked");
  await picture("notifications", "/notifications");
  await picture("own-profile", `/people/${login}`);
  await picture("chats", "/chat");
  await picture("chat", null, () => follow("/chat/"));
  await picture("settings", "/settings");
  await picture("change-password", "/settings", async () => {
    const change = page.getByRole("button", { name: "Change password" });
    await change.click();
    await page.getByLabel("Current password").waitFor();
    await change.evaluate((button) => button.scrollIntoView({ block: "start" }));
  });
  await picture("not-found", "/somewhere-else");
  await context.close();
}

function findChromium() {
  if (process.env.ECHO_CHROMIUM) return process.env.ECHO_CHROMIUM;
  for (const place of (process.env.PATH ?? "").split(delimiter)) {
    try {
      accessSync(join(place, "chromium"), constants.X_OK);
      return join(place, "chromium");
    } catch {
      // Not here.
    }
  }
  throw new Error("Chromium is missing: install it, or set ECHO_CHROMIUM");
}

function variable(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} isn't set`);
  return value;
}
