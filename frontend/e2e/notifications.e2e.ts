import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signUpByApi } from "./api";
import { accessibilityViolations, launch } from "./browser";
import { enter, publish } from "./people";

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
});

test("ten notifications fit on a phone, and a friend request is answered among them", async () => {
  const run = Date.now().toString(36);
  const ann = await signUpByApi(`told_ann_${run}`, "Ann Arbor");
  const ben = await signUpByApi(`told_ben_${run}`, "Ben Nevis");
  const cem = await signUpByApi(`told_cem_${run}`, "Cem Öz");
  await ann.call("POST", "/v1/friend-requests", { user_id: ben.id });
  await ben.call("POST", `/v1/friend-requests/${ann.id}/accept`);
  for (let n = 1; n <= 12; n += 1) {
    const post = await publish(ann, `Thought ${n}, which goes on for longer than a line has room`);
    await ben.call("PUT", `/v1/posts/${post}/like`);
  }
  await cem.call("POST", "/v1/friend-requests", { user_id: ann.id });

  const page = await enter(browser, ann);
  await page.getByRole("link", { name: /^Notifications/ }).click();
  const list = page.getByRole("list", { name: "Notifications" });
  const request = list.getByRole("listitem").filter({ hasText: "Cem Öz would like to be friends" });
  await request.waitFor();
  await list
    .getByRole("link", { name: /Ben Nevis liked your post/ })
    .nth(11)
    .waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
  const inSight = await list.getByRole("link").evaluateAll((links) => {
    const bar = document.querySelector("nav.fixed")?.getBoundingClientRect().top ?? 0;
    return links.filter((link) => link.getBoundingClientRect().bottom <= bar).length;
  });
  expect(inSight).toBeGreaterThanOrEqual(10);

  await request.getByRole("button", { name: "Accept Cem Öz’s request" }).click();
  await page.getByText("You and Cem Öz are now friends.").first().waitFor();
  await request.waitFor({ state: "detached" });
  await page.reload();
  await list.getByRole("heading", { name: "Today" }).waitFor();
  expect(await list.getByText("would like to be friends").count()).toBe(0);
  expect(await accessibilityViolations(page)).toEqual([]);
});
