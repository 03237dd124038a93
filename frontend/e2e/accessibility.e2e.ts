import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { befriend, signUpByApi, write } from "./api";
import { accessibilityViolations, baseURL, launch, newPage } from "./browser";
import { DESK, logIn, PHONE } from "./people";

// Every page, on a phone and at a desk, in the light and in the dark: axe finds nothing, and
// nothing is wider than the screen.

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
});

const SIZES = [PHONE, DESK];

async function inspect(page: Page, what: string): Promise<void> {
  await page.locator("h1:visible").first().waitFor();
  await page.locator(".animate-pulse").first().waitFor({ state: "detached" });
  expect(await accessibilityViolations(page), what).toEqual([]);
  const tooWide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(tooWide, `${what} is wider than the screen`).toBeLessThanOrEqual(0);
}

test("axe finds nothing on any page, and nothing is wider than the screen", async () => {
  const run = Date.now().toString(36);
  const ann = await signUpByApi(`ann_${run}`, "Ann Arbor");
  const ben = await signUpByApi(`ben_${run}`, "Ben Nevis");
  const cem = await signUpByApi(`cem_${run}`, "Cem Öz");
  await befriend(ann, ben);
  await befriend(ben, cem);
  await write(ben, ann, "A word without an end: ".concat("x".repeat(200)));
  const blocks = [{ type: "text", text: "First light on the hill." }];
  const post = await ben.call("POST", "/v1/posts", { blocks, visibility: "public" });
  const { id } = await post.json();

  const open = [
    "/login",
    "/signup",
    "/forgot-password",
    "/reset-password#token=a",
    "/confirm-email",
  ];
  const within = [
    "/",
    "/explore",
    "/friends",
    "/friends/blocked",
    "/notifications",
    "/settings",
    "/chat",
    `/chat/${ben.username}`,
    `/people/${ann.username}`,
    `/people/${cem.username}`,
    `/posts/${id}`,
    "/somewhere-else",
  ];
  for (const colorScheme of ["light", "dark"] as const) {
    for (const viewport of SIZES) {
      const context = await browser.newContext({ baseURL, viewport, colorScheme });
      const page = await newPage(context);
      const where = `${viewport.width} ${colorScheme}`;
      for (const path of open) {
        await page.goto(path);
        await inspect(page, `${path} ${where}`);
      }
      await logIn(page, ann);
      await page.getByRole("navigation", { name: "Main" }).waitFor();
      for (const path of within) {
        await page.goto(path);
        await inspect(page, `${path} ${where}`);
      }
      await page.goto("/friends");
      await page.getByRole("tab", { name: "Suggestions" }).click();
      await page.getByText("1 mutual friend").waitFor();
      await inspect(page, `suggestions ${where}`);
      await context.close();
    }
  }
});
