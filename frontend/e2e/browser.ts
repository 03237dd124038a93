import { accessSync, constants } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { BROWSER } from "../patience";

/** Where the system under test is. */
export const baseURL: string = process.env.ECHO_E2E_URL ?? requireVariable("ECHO_BASE_URL");

/** A page on which every wait is as patient as the tests are. */
export async function newPage(context: BrowserContext): Promise<Page> {
  context.setDefaultTimeout(BROWSER.wait);
  context.setDefaultNavigationTimeout(BROWSER.wait);
  return context.newPage();
}

/** Real Chromium with an empty profile, which playwright makes and removes. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    timeout: BROWSER.wait,
    executablePath: findChromium(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Until the page was laid out and painted anew, with what a first frame makes it change. */
export function nextFrames(page: Page): Promise<void> {
  return page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
      }),
  );
}

export interface Violation {
  id: string;
  impact: string | null | undefined;
  help: string;
  nodes: { target: unknown[] }[];
}

/** What is still fading in has less contrast than it will have. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise((next) => requestAnimationFrame(next));
    const moving = () =>
      document
        .getAnimations()
        .filter((animation) => animation.effect?.getTiming().iterations === 1);
    // What has just been asked for, such as other colours, begins with a frame or two.
    for (let calm = 0; calm < 3; calm += 1) {
      await frame();
      const animations = moving().filter((animation) => animation.playState !== "finished");
      if (animations.length > 0) {
        calm = -1;
        await Promise.allSettled(animations.map((animation) => animation.finished));
      }
    }
  });
}

/** What axe finds on the page, once nothing moves any more. */
export async function accessibilityViolations(page: Page): Promise<string[]> {
  await settled(page);
  const source = await readFile(createRequire(import.meta.url).resolve("axe-core"), "utf8");
  await page.evaluate(source);
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run: (options: object) => Promise<{ violations: Violation[] }> };
    };
    return (await axe.run({ resultTypes: ["violations"] })).violations;
  });
  return violations.map(
    ({ id, impact, help, nodes }) =>
      `${id} (${impact}): ${help}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`,
  );
}

function findChromium(): string {
  const named = process.env.ECHO_CHROMIUM;
  if (named) return named;
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not here.
      }
    }
  }
  throw new Error("Chromium is missing: install it, or set ECHO_CHROMIUM");
}

export function requireVariable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} belongs to the running system, and isn’t set`);
  return value;
}
