import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { befriend, PASSWORD, type Someone, signUpByApi } from "./api";
import { accessibilityViolations, launch, nextFrames } from "./browser";
import { DESK, enter, publish } from "./people";

// What people say to each other's posts, the messages they change, the pictures they send, and how somebody leaves.

const run = Date.now().toString(36);
let browser: Browser;
let ann: Someone;
let ben: Someone;

beforeAll(async () => {
  browser = await launch();
  ann = await signUpByApi(`talk_ann_${run}`, "Ann Talker");
  ben = await signUpByApi(`talk_ben_${run}`, "Ben Talker");
  await befriend(ann, ben);
});
afterAll(async () => {
  await browser?.close();
});

/** A little picture, as a canvas paints it. */
async function picture(page: Page): Promise<Buffer> {
  const dataUrl = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = 320;
    canvas.height = 200;
    const context = canvas.getContext("2d");
    if (context) {
      context.fillStyle = "teal";
      context.fillRect(0, 0, 320, 200);
    }
    return canvas.toDataURL("image/png");
  });
  return Buffer.from(dataUrl.slice(dataUrl.indexOf(",") + 1), "base64");
}

test("a like and a comment show at once, and their post's author hears of it", async () => {
  const post = await publish(ann, "What do you think?");
  const [annsPage, bensPage] = [
    await enter(browser, ann, { viewport: DESK }),
    await enter(browser, ben),
  ];
  await bensPage.goto(`/posts/${post}`);
  await bensPage.getByRole("button", { name: "Like", exact: true }).click();
  await bensPage.getByRole("button", { name: "1 like, show who" }).waitFor();
  await bensPage.getByRole("textbox", { name: "Write a comment" }).fill("I like it.");
  await bensPage.getByRole("button", { name: "Send the comment" }).click();
  await bensPage.getByRole("article", { name: "Comment by Ben Talker" }).waitFor();
  await bensPage.getByRole("link", { name: "1 comment" }).first().waitFor();
  await bensPage.getByRole("button", { name: /More about the comment/ }).waitFor();
  expect(await accessibilityViolations(bensPage)).toEqual([]);

  await annsPage
    .getByRole("button", { name: /new notifications?/ })
    .first()
    .waitFor();
  await annsPage.goto("/notifications");
  await annsPage.getByRole("link", { name: /Ben Talker commented on your post/ }).click();
  await annsPage.getByText("I like it.").waitFor();
  await annsPage.getByRole("button", { name: "1 like, show who" }).click();
  const likes = annsPage.getByRole("dialog", { name: "Liked by" });
  await likes.getByText(`@${ben.username}`).waitFor();
  expect(await accessibilityViolations(annsPage)).toEqual([]);
  await annsPage.keyboard.press("Escape");

  // Ben says it better, and Ann, whose post it is, takes it away.
  await bensPage.getByRole("button", { name: /More about the comment/ }).click();
  await bensPage.getByRole("menuitem", { name: "Edit comment" }).click();
  await bensPage.getByRole("textbox", { name: "Edit comment" }).fill("I like it a lot.");
  await bensPage.getByRole("button", { name: "Save" }).click();
  // The editor stays until the server has taken the change.
  await bensPage.getByRole("textbox", { name: "Edit comment" }).waitFor({ state: "detached" });
  await bensPage.getByText("I like it a lot.").waitFor();
  await annsPage.reload();
  await annsPage.getByText("I like it a lot.").waitFor();
  await annsPage.getByRole("button", { name: /More about the comment/ }).click();
  await annsPage.getByRole("menuitem", { name: "Delete comment" }).click();
  await annsPage.getByRole("alertdialog").getByRole("button", { name: "Delete comment" }).click();
  await annsPage.getByText("Nobody has said anything yet.").waitFor();

  // And then the whole post.
  await annsPage.getByRole("button", { name: /More about the post/ }).click();
  await annsPage.getByRole("menuitem", { name: "Delete" }).click();
  await annsPage.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await annsPage.getByText("Deleted.").first().waitFor();
  await bensPage.reload();
  await bensPage.getByText("This post isn’t here").waitFor();
});

test("a post with a picture is written, changed, and its history shown to a friend", async () => {
  // A second try isn't confused by what the first has left.
  const sea = `The sea ${Date.now().toString(36)}`;
  const page = await enter(browser, ann, { viewport: DESK });
  await page.getByRole("textbox", { name: "Text 1 of 1" }).fill(`${sea}, this mroning.`);
  await page.locator('form input[type="file"]').setInputFiles({
    name: "sea.png",
    mimeType: "image/png",
    buffer: await picture(page),
  });
  await page.getByRole("textbox", { name: /^Picture 2 of 2/ }).fill("A calm teal sea");
  expect(await accessibilityViolations(page)).toEqual([]);
  // The picture is dragged to the top, and brought back by key.
  const handle = page.getByTitle("Drag to move").last();
  await handle.hover();
  await page.mouse.down();
  const top = await page.getByRole("textbox", { name: "Text 1 of 2" }).boundingBox();
  await page.mouse.move((top?.x ?? 0) + 10, (top?.y ?? 0) - 20, { steps: 8 });
  await page.mouse.up();
  const moved = page.getByRole("textbox", { name: /^Picture 1 of 2/ });
  await moved.waitFor();
  await moved.press("Alt+ArrowDown");
  await page.getByRole("textbox", { name: /^Picture 2 of 2/ }).waitFor();
  await page.getByRole("button", { name: "Publish" }).and(page.locator(":enabled")).click();
  const article = page.getByRole("article").filter({ hasText: sea });
  await article.getByRole("img", { name: "A calm teal sea" }).waitFor();
  await article.getByRole("button", { name: /More about the post/ }).click();
  await page.getByRole("menuitem", { name: "Edit post" }).click();
  const editor = page.getByRole("dialog", { name: "Edit post" });
  await editor.getByRole("textbox", { name: "Text 1 of 2" }).fill(`${sea}, this morning.`);
  expect(await accessibilityViolations(page)).toEqual([]);
  await editor.getByRole("button", { name: "Save" }).click();
  await article.getByText(`${sea}, this morning.`).waitFor();
  await page.getByText("Saved.").first().waitFor();

  const bensPage = await enter(browser, ben);
  const bens = bensPage.getByRole("article").filter({ hasText: `${sea}, this morning.` });
  await bens.getByRole("img", { name: "A calm teal sea" }).waitFor();
  await bens.getByRole("link", { name: "Open the picture: A calm teal sea" }).click();
  const large = bensPage.getByRole("dialog", { name: "Picture" });
  await large.getByRole("img", { name: "A calm teal sea" }).waitFor();
  expect(await accessibilityViolations(bensPage)).toEqual([]);
  await bensPage.keyboard.press("Escape");
  await large.waitFor({ state: "detached" });
  await bens.getByRole("button", { name: /More about the post/ }).click();
  await bensPage.getByRole("menuitem", { name: "Edit history" }).click();
  await bensPage.getByRole("dialog").getByText(`${sea}, this mroning.`).waitFor();
});

test("new posts are announced, and the counts of those on screen stay true", async () => {
  const bensPage = await enter(browser, ben);
  const feed = bensPage.getByRole("region", { name: "Home" });
  await bensPage.getByText("It’s quiet here").or(feed).first().waitFor();
  const post = await publish(ann, "Fresh from the press.");
  await bensPage.getByRole("button", { name: "1 new post" }).click();
  await feed.getByText("Fresh from the press.").waitFor();
  // The post is watched a moment after it has come on screen; what happened before isn't told again.
  const counted = feed.getByRole("button", { name: "1 like, show who" });
  const likedAnew = async () => {
    await ann.call("DELETE", `/v1/posts/${post}/like`);
    await ann.call("PUT", `/v1/posts/${post}/like`);
    return counted.isVisible();
  };
  await expect.poll(likedAnew, { interval: 1_000 }).toBe(true);
  await counted.waitFor();
  expect(await accessibilityViolations(bensPage)).toEqual([]);
});

test("a long feed stays light, and what one reads stays where it is", async () => {
  const song = Date.now().toString(36);
  for (let n = 1; n <= 70; n += 1) {
    await publish(ann, `Verse ${n} of ${song}`);
  }
  const page = await enter(browser, ben);
  const feed = page.getByRole("region", { name: "Home" });
  await feed.getByText(`Verse 70 of ${song}`).waitFor();
  const inDocument = () => feed.getByRole("article").count();
  // One reads on, and what one sees never jumps.
  for (let n = 66; n >= 6; n -= 4) {
    const verse = feed.getByText(`Verse ${n} of ${song}`, { exact: true });
    const scrolledTo = async () => {
      if (await verse.isVisible()) return true;
      await page.mouse.wheel(0, 400);
      await nextFrames(page);
      return verse.isVisible();
    };
    await expect.poll(scrolledTo).toBe(true);
  }
  expect(await inDocument()).toBeLessThan(40);
  const verse = feed.getByText(`Verse 6 of ${song}`, { exact: true });
  await verse.scrollIntoViewIfNeeded();
  const before = (await verse.boundingBox())?.y ?? 0;
  await page.waitForLoadState("networkidle");
  await nextFrames(page);
  expect(Math.abs(((await verse.boundingBox())?.y ?? 0) - before)).toBeLessThan(2);
  // And back to the top.
  await page.evaluate(() => window.scrollTo(0, 0));
  await feed.getByText(`Verse 70 of ${song}`).waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
});

test("messages are changed and taken back, with pictures, and the other one sees it happen", async () => {
  const [annsPage, bensPage] = [
    await enter(browser, ann, { viewport: DESK }),
    await enter(browser, ben),
  ];
  await annsPage.goto(`/chat/${ben.username}`);
  await bensPage.goto(`/chat/${ann.username}`);
  const annsChat = annsPage.getByRole("region", { name: "Chat with Ben Talker" });
  const bensChat = bensPage.getByRole("region", { name: "Chat with Ann Talker" });
  const write = annsPage.getByRole("textbox", { name: "Write a message" });
  await write.fill("See you on Friady");
  await write.press("Enter");
  await bensChat.getByText("See you on Friady").waitFor();
  await annsChat.getByText("Read", { exact: true }).waitFor();
  await write.press("ArrowUp");
  await annsPage.getByRole("textbox", { name: "Edit your message" }).fill("See you on Friday");
  await annsPage.keyboard.press("Enter");
  await bensChat.getByText("See you on Friday").waitFor();
  await bensChat.getByText("edited").waitFor();

  await annsPage.locator('input[type="file"]').setInputFiles({
    name: "sea.png",
    mimeType: "image/png",
    buffer: await picture(annsPage),
  });
  const send = annsPage.getByRole("button", { name: "Send", exact: true });
  await annsPage.getByRole("button", { name: "Remove sea.png" }).waitFor();
  await send.and(annsPage.locator(":enabled")).click();
  const arrived = bensChat.getByRole("link", { name: "Open the picture" }).locator("img");
  await arrived.waitFor();
  // It is really there, not only its place.
  await bensPage.waitForFunction(() =>
    [...document.querySelectorAll("ol img")].some(
      (image) => (image as HTMLImageElement).naturalWidth === 320,
    ),
  );
  expect(await accessibilityViolations(bensPage)).toEqual([]);

  const menu = annsChat.getByRole("button", { name: "More about your message" }).first();
  await menu.focus();
  await menu.press("Enter");
  await annsPage.getByRole("menuitem", { name: "Delete" }).click();
  await annsPage.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await bensChat.getByText("This message was deleted.").waitFor();
  await bensPage.getByText("See you on Friday").waitFor({ state: "detached" });
});

test("one tells of oneself, takes one's data along, and leaves for good", async () => {
  const page = await enter(browser, ben);
  await page.goto(`/people/${ben.username}`);
  await page.getByRole("button", { name: "Edit profile" }).click();
  const editor = page.getByRole("dialog", { name: "Edit profile" });
  await editor.getByLabel("About you").fill("I talk a lot.");
  await editor
    .locator('input[type="file"]')
    .nth(1)
    .setInputFiles({
      name: "me.png",
      mimeType: "image/png",
      buffer: await picture(page),
    });
  await editor.getByRole("button", { name: "Use this picture" }).click();
  await editor.getByRole("button", { name: "Remove profile picture" }).waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
  await editor.getByRole("button", { name: "Save" }).click();
  await page.getByText("I talk a lot.").waitFor();

  await page.goto("/settings");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download my data" }).click();
  expect((await download).suggestedFilename()).toMatch(/^echo-talk_ben_.*\.json$/);

  await page.getByRole("button", { name: "Erase account…" }).click();
  const dialog = page.getByRole("dialog", { name: "Erase your account?" });
  await dialog.getByLabel(`Type ${ben.username} to confirm`).fill(ben.username);
  await dialog.getByLabel("Current password").fill("not my password");
  await dialog.getByRole("button", { name: "Erase my account" }).click();
  await dialog.getByText("That isn’t your password.").waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
  await dialog.getByLabel("Current password").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Erase my account" }).click();
  await page.getByRole("heading", { name: "Log in" }).waitFor();

  const annsPage = await enter(browser, ann, { viewport: DESK });
  await annsPage.goto("/chat");
  await annsPage
    .getByRole("link", { name: /Somebody who isn’t here/ })
    .first()
    .click();
  await annsPage.getByText(/This person isn’t available/).waitFor();
  await annsPage.goto(`/people/${ben.username}`);
  await annsPage.getByText("There’s nobody by that name").waitFor();
});
