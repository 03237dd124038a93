// Does the client feel instant on a slow phone? Loads the feed and a chat without a cache, with the
// processor four times slower, several times each, and compares the medians with what is promised.
//
//   ECHO_E2E_URL=http://127.0.0.1:8080 ECHO_E2E_LOGIN=… ECHO_E2E_PASSWORD=… npm run performance
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const baseURL = variable("ECHO_E2E_URL");
const login = variable("ECHO_E2E_LOGIN");
const password = variable("ECHO_E2E_PASSWORD");

const SLOWER = 4;
const RUNS = 5;
/** What is promised, in milliseconds; the layout shift is a score. */
const PROMISED = { fcp: 1_500, lcp: 2_500, cls: 0.05, tbt: 200 };
/** Nothing has kept the page's thread busy for so long: it has settled. */
const SETTLED_MS = 2_000;
/** As in `patience.ts`, which plain Node can't read. */
const PATIENCE_MS = 90_000;

const browser = await chromium.launch({
  executablePath: findChromium(),
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
});
let kept = true;
try {
  const viewport = { width: 390, height: 844 };
  const device = { viewport, isMobile: true, hasTouch: true };
  // A first visit is measured: nothing of the client is on the device yet.
  const context = await browser.newContext({ baseURL, ...device, serviceWorkers: "block" });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addInitScript(observe);
  const chat = await signIn(context);
  const pages = [
    ["feed", "/", (page) => page.getByRole("article").first().waitFor()],
    ["chat", chat, (page) => page.locator("section[aria-label] ol > li").first().waitFor()],
  ];
  console.log(`page   ${Object.keys(PROMISED).map(title).join("")}`);
  for (const [name, path, ready] of pages) {
    // Once unmeasured, so that the services have what they keep in memory.
    await measure(context, path, ready);
    const runs = [];
    for (let run = 0; run < RUNS; run += 1) runs.push(await measure(context, path, ready));
    const row = Object.entries(PROMISED).map(([measured, limit]) => {
      const value = median(runs.map((each) => each[measured]));
      if (value > limit) kept = false;
      return `${format(measured, value)}${value > limit ? "!" : " "}`.padStart(10);
    });
    console.log(`${name.padEnd(7)}${row.join("")}`);
  }
  const limits = Object.entries(PROMISED).map(([key, value]) => `${format(key, value)} `);
  console.log(`at most${limits.map((text) => text.padStart(10)).join("")}`);
} finally {
  await browser.close();
}
console.log(kept ? "kept" : "not kept");
process.exit(kept ? 0 : 1);

/** The address of the first chat of whoever is signed in. */
async function signIn(context) {
  const page = await context.newPage();
  await page.goto("/login?next=/chat");
  await page.getByLabel("Username or email").fill(login);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  const first = page.locator('main a[href^="/chat/"]').first();
  const path = await first.getAttribute("href");
  await page.close();
  return path;
}

async function measure(context, path, ready) {
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  await page.goto(path);
  await ready(page);
  await page.waitForFunction(
    (settled) => performance.now() - window.measured.busyUntil > settled,
    SETTLED_MS,
    { polling: 250 },
  );
  const measured = await page.evaluate(() => window.measured);
  await page.close();
  return { ...measured, tbt: blockingTime(measured) };
}

/** What is beyond 50 ms of each task after the first paint: so long nothing that one does is heard. */
function blockingTime({ fcp, tasks }) {
  return tasks
    .map(({ start, end }) => end - Math.max(start, fcp))
    .filter((duration) => duration > 50)
    .reduce((sum, duration) => sum + duration - 50, 0);
}

/** Runs in the page before anything else. */
function observe() {
  const measured = { fcp: 0, lcp: 0, cls: 0, tasks: [], busyUntil: 0 };
  window.measured = measured;
  const each = (type, action) =>
    new PerformanceObserver((list) => list.getEntries().forEach(action)).observe({
      type,
      buffered: true,
    });
  each("paint", (entry) => {
    if (entry.name === "first-contentful-paint") measured.fcp = entry.startTime;
  });
  each("largest-contentful-paint", (entry) => {
    measured.lcp = entry.startTime;
    measured.busyUntil = Math.max(measured.busyUntil, entry.startTime);
  });
  each("layout-shift", (entry) => {
    if (!entry.hadRecentInput) measured.cls += entry.value;
  });
  each("longtask", ({ startTime: start, duration }) => {
    measured.tasks.push({ start, end: start + duration });
    measured.busyUntil = Math.max(measured.busyUntil, start + duration);
  });
}

function median(values) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}

function title(measured) {
  return measured.toUpperCase().padStart(9).padEnd(10);
}

function format(measured, value) {
  return measured === "cls" ? value.toFixed(3) : `${Math.round(value)} ms`;
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
