import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PASSWORD, type Someone, signUpByApi } from "./api";
import { baseURL, launch, newPage } from "./browser";

// Pictures as they come out of cameras, and what is far too large to be one.

const run = Date.now().toString(36);
let browser: Browser;
let ann: Someone;
let folder: string;

beforeAll(async () => {
  browser = await launch();
  ann = await signUpByApi(`pictures_${run}`, "Ann Camera");
  folder = await mkdtemp(join(tmpdir(), "echo-pictures-"));
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

async function enter(path: string): Promise<Page> {
  const context = await browser.newContext({ baseURL, viewport: { width: 1280, height: 844 } });
  const page = await newPage(context);
  await page.goto(`/login?next=${encodeURIComponent(path)}`);
  await page.getByLabel("Username or email").fill(ann.username);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL((url) => url.pathname === path);
  return page;
}

/** A photo of 48 megapixels and more than 10 MiB: its left half is red, the other one noise. */
async function photo(page: Page): Promise<Buffer> {
  const download = page.waitForEvent("download");
  await page.evaluate(async () => {
    const tile = new OffscreenCanvas(500, 500);
    const pen = tile.getContext("2d");
    if (!pen) throw new Error("no canvas");
    const pixels = pen.createImageData(500, 500);
    pixels.data.forEach((_, at) => {
      pixels.data[at] = at % 4 === 3 ? 255 : Math.random() * 256;
    });
    pen.putImageData(pixels, 0, 0);
    const canvas = new OffscreenCanvas(8_000, 6_000);
    const context = canvas.getContext("2d");
    const pattern = context?.createPattern(tile, "repeat");
    if (!context || !pattern) throw new Error("no canvas");
    context.fillStyle = "#f00";
    context.fillRect(0, 0, 4_000, 6_000);
    context.fillStyle = pattern;
    context.fillRect(4_000, 0, 4_000, 6_000);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(
      await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 }),
    );
    link.download = "photo.jpg";
    link.click();
  });
  const chunks: Buffer[] = [];
  for await (const chunk of await (await download).createReadStream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test("a photo larger than the server takes is cropped to an avatar in the browser", async () => {
  const page = await enter(`/people/${ann.username}`);
  const bytes = await photo(page);
  expect(bytes.length).toBeGreaterThan(10 * 1024 * 1024);
  const file = join(folder, "photo.jpg");
  await writeFile(file, bytes);
  await page.getByRole("button", { name: "Edit profile" }).click();
  const avatar = page.getByRole("region", { name: "Profile picture" });
  await avatar.locator('input[type="file"]').setInputFiles(file);
  // All the way to the left of the photo: without that the middle would be noise.
  const frame = avatar.getByRole("application");
  await frame.focus();
  for (let step = 0; step < 20; step += 1) await frame.press("ArrowLeft");
  const uploaded = page.waitForResponse((answer) => answer.url().includes("/v1/media"));
  await avatar.getByRole("button", { name: "Use this picture" }).click();
  const picture = await (await uploaded).json();
  expect(picture).toMatchObject({ width: 512, height: 512 });
  await avatar.getByRole("button", { name: "Remove profile picture" }).waitFor();
  const colour = await page.evaluate(async (url) => {
    const image = await createImageBitmap(await (await fetch(url)).blob());
    const context = new OffscreenCanvas(512, 512).getContext("2d");
    context?.drawImage(image, 0, 0);
    return [...(context?.getImageData(300, 256, 1, 1).data ?? [])];
  }, picture.url);
  expect(colour[0]).toBeGreaterThan(240);
  expect(Math.max(colour[1] ?? 0, colour[2] ?? 0)).toBeLessThan(15);
  const me = await (await ann.call("GET", "/v1/me")).json();
  expect(me.avatar ?? me.profile?.avatar).toBeTruthy();
  await page.context().close();
});

test("a picture that is too large is refused in so many words however a page sends it", async () => {
  const page = await enter("/");
  const token = (
    await (
      await fetch(`${baseURL}/v1/auth/login`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ login: ann.username, password: PASSWORD }),
      })
    ).json()
  ).access_token;
  const MEBIBYTE = 1024 * 1024;
  // One byte too many, several times as many, and as much as a film has.
  for (const size of [10 * MEBIBYTE + 1, 50 * MEBIBYTE, 150 * MEBIBYTE]) {
    for (const form of ["bytes", "form"]) {
      const answer = await page.evaluate(
        async ({ size, form, token }) => {
          const picture = new Blob([new Uint8Array(size)], { type: "image/jpeg" });
          const fields = new FormData();
          fields.append("file", picture, "photo.jpg");
          const sent = await fetch("/v1/media", {
            method: "POST",
            headers: { Authorization: `Bearer ${token}` },
            body: form === "form" ? fields : picture,
          }).catch((error: unknown) => ({ status: 0, json: () => ({ code: String(error) }) }));
          return { status: sent.status, code: (await sent.json()).code };
        },
        { size, form, token },
      );
      expect(answer, `${size} bytes, ${form}`).toEqual({ status: 413, code: "too-large" });
    }
  }
  await page.context().close();
});
