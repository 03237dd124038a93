import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { befriend, PASSWORD, type Someone, signUpByApi, write } from "./api";
import { baseURL, launch, newPage } from "./browser";
import { faultsOfText } from "./text-faults";

// For eyes that need it otherwise: text twice as large, and the reader's own colours.

const PHONE = { width: 390, height: 844 };
let browser: Browser;
let ann: Someone;
let ben: Someone;
let post: string;

beforeAll(async () => {
  browser = await launch();
  const run = Date.now().toString(36);
  ann = await signUpByApi(`ann_${run}`, "Annemarie Aldenhoven");
  ben = await signUpByApi(`ben_with_a_long_name_${run}`, "Benedikt von Hohenstein");
  const cem = await signUpByApi(`cem_${run}`, "Cem Öz");
  const dan = await signUpByApi(`dan_${run}`, "Daniela Donnerstag");
  await befriend(ann, ben);
  await befriend(ben, cem);
  await cem.call("POST", "/v1/friend-requests", { user_id: ann.id });
  await ann.call("POST", "/v1/friend-requests", { user_id: dan.id });
  const blocks = [{ type: "text", text: "First light on the hill, before anybody is up." }];
  const published = await ben.call("POST", "/v1/posts", { blocks, visibility: "friends" });
  post = (await published.json()).id;
  await ben.call("POST", `/v1/posts/${post}/comments`, { text: "Taken from the old bridge." });
  await write(ben, ann, "See you at seven tonight, at the old bridge?");
  await write(ann, ben, "Yes, I bring the lamp.");
  await sendPicture(ben, ann);
});
afterAll(async () => {
  await browser?.close();
});

/** A picture of one pixel's height is too little to look at: this one has a size. */
async function sendPicture(from: Someone, to: Someone): Promise<void> {
  const context = await browser.newContext({ baseURL, viewport: { width: 1280, height: 800 } });
  const page = await logIn(await newPage(context), from, `/chat/${to.username}`);
  await page.locator('form input[type="file"]').setInputFiles({
    name: "bridge.png",
    mimeType: "image/png",
    buffer: await drawing(page),
  });
  await page
    .getByRole("button", { name: "Send", exact: true })
    .and(page.locator(":enabled"))
    .click();
  await page.getByRole("link", { name: /Open the picture/ }).waitFor();
  await page.getByText("Sent", { exact: true }).last().waitFor();
  await context.close();
}

async function drawing(page: Page): Promise<Buffer> {
  const url = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [1_200, 900];
    const context = canvas.getContext("2d");
    if (context) {
      context.fillStyle = "#266";
      context.fillRect(0, 0, 1_200, 900);
    }
    return canvas.toDataURL("image/png");
  });
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
}

async function logIn(page: Page, who: Someone, next = "/"): Promise<Page> {
  await page.goto(`/login?next=${next}`);
  await page.getByLabel("Username or email").fill(who.username);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL((url) => url.pathname !== "/login");
  return page;
}

async function enter(options: BrowserContextOptions): Promise<Page> {
  return logIn(await newPage(await browser.newContext({ baseURL, ...options })), ann);
}

async function isThere(page: Page): Promise<void> {
  await page.locator("h1:visible, h1.sr-only").first().waitFor({ state: "attached" });
  await page.locator(".animate-pulse").first().waitFor({ state: "detached" });
}

const TEXT_TWICE_AS_LARGE = "html { font-size: 200%; }";

test("with text twice as large nothing leaves a phone's screen, is cut off or runs into another", async () => {
  const context = await browser.newContext({ baseURL, viewport: PHONE });
  await context.addInitScript((css) => {
    const style = new CSSStyleSheet();
    style.replaceSync(css);
    document.adoptedStyleSheets = [style];
  }, TEXT_TWICE_AS_LARGE);
  const page = await newPage(context);
  const found: string[] = [];
  const look = async (where: string) => {
    await isThere(page);
    found.push(...(await page.evaluate(faultsOfText)).map((fault) => `${where}: ${fault}`));
    const folder = process.env.ECHO_E2E_PICTURES;
    if (folder) await page.screenshot({ path: `${folder}/text-${where.replaceAll("/", "_")}.png` });
  };
  for (const path of ["/login", "/signup", "/forgot-password"]) {
    await page.goto(path);
    await look(path);
  }
  await logIn(page, ann);
  for (const path of [
    "/",
    "/explore",
    "/friends",
    "/friends/blocked",
    "/notifications",
    "/settings",
    "/chat",
    `/people/${ann.username}`,
    `/people/${ben.username}`,
    `/posts/${post}`,
  ]) {
    await page.goto(path);
    await look(path);
  }
  await page.goto(`/chat/${ben.username}`);
  await page.getByRole("link", { name: /Open the picture/ }).waitFor();
  await look("/chat/somebody");
  const picture = page.getByRole("link", { name: /Open the picture/ });
  const [bubble, shown] = await Promise.all([
    picture.locator("xpath=ancestor::ul[1]/..").boundingBox(),
    picture.boundingBox(),
  ]);
  expect((shown?.x ?? 0) + (shown?.width ?? 0)).toBeLessThanOrEqual(
    (bubble?.x ?? 0) + (bubble?.width ?? 0) + 1,
  );
  await page.goto("/friends");
  for (const tab of ["Requests", "Suggestions"]) {
    await page.getByRole("tab", { name: tab }).click();
    await look(`/friends ${tab}`);
  }
  await page.goto("/");
  await page.getByRole("textbox", { name: "Text 1 of 1" }).fill("A post of two parts");
  await page.getByRole("button", { name: "Add text" }).click();
  await page.getByRole("textbox", { name: "Text 2 of 2" }).waitFor();
  await look("/ with two parts");
  expect(found).toEqual([]);
  await context.close();
});

interface Edges {
  border: number;
  outline: number;
}

/** How wide the edges are by which something is told apart where backgrounds aren't. */
async function edgesOf(page: Page, selector: string): Promise<Edges[]> {
  return page.locator(selector).evaluateAll((elements) =>
    elements
      .filter((element) => element.getClientRects().length > 0)
      .map((element) => {
        const style = getComputedStyle(element);
        const width = (line: string, by: string) => (line === "none" ? 0 : Number.parseFloat(by));
        return {
          border: width(style.borderTopStyle, style.borderTopWidth),
          outline: width(style.outlineStyle, style.outlineWidth),
        };
      }),
  );
}

test("in the reader's own colours buttons have edges, and what is chosen is marked", async () => {
  const page = await enter({ viewport: { width: 1280, height: 800 }, forcedColors: "active" });
  await isThere(page);
  const current = await edgesOf(page, 'nav [aria-current="page"]');
  expect(current.length).toBeGreaterThan(0);
  for (const { outline } of current) expect(outline).toBeGreaterThanOrEqual(2);

  await page.goto("/friends");
  await page.getByRole("tab", { name: "Requests" }).click();
  await page.getByRole("button", { name: /^Accept/ }).waitFor();
  const accept = await edgesOf(page, 'button[aria-label^="Accept"]');
  expect(accept[0]?.border).toBeGreaterThanOrEqual(1);
  const chosenTab = await edgesOf(page, '[role="tab"][aria-selected="true"]');
  const otherTabs = await edgesOf(page, '[role="tab"][aria-selected="false"]');
  expect(chosenTab.map(({ outline }) => outline >= 2)).toEqual([true]);
  expect(otherTabs.every(({ outline }) => outline === 0)).toBe(true);

  await page.goto("/settings");
  await page.locator('[role="radio"][aria-checked="true"]').first().waitFor();
  const chosen = await edgesOf(page, '[role="radio"][aria-checked="true"]');
  const others = await edgesOf(page, '[role="radio"][aria-checked="false"]');
  expect(chosen.length).toBeGreaterThan(0);
  for (const { outline } of chosen) expect(outline).toBeGreaterThanOrEqual(2);
  for (const { outline } of others) expect(outline).toBe(0);

  await page.goto(`/chat/${ben.username}`);
  await page.getByText("Yes, I bring the lamp.").last().waitFor();
  const send = await edgesOf(page, 'button[aria-label="Send"]');
  expect(send[0]?.border).toBeGreaterThanOrEqual(1);
  const own = page.locator("section ol").getByText("Yes, I bring the lamp.");
  const bubble = own.locator("xpath=ancestor-or-self::*[contains(@class, 'rounded')][1]");
  const border = await bubble.evaluate((element) => getComputedStyle(element).borderTopWidth);
  expect(Number.parseFloat(border)).toBeGreaterThanOrEqual(1);
  // What the keyboard stands on is marked more strongly than what is chosen.
  await page.keyboard.press("Tab");
  const focused = await page.evaluate(() => {
    const style = getComputedStyle(document.activeElement ?? document.body);
    return Number.parseFloat(style.outlineWidth);
  });
  expect(focused).toBeGreaterThanOrEqual(3);
  await page.context().close();
});
