import { act, renderHook } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { Problem } from "./api/problem";
import type { UploadedMedia } from "./api/types";
import { FRESH_MS } from "./freshness";
import { memoryStore } from "./storage";
import { useToasts } from "./toasts";
import { Uploads } from "./uploads";

const media = (id: string): UploadedMedia => ({
  id,
  url: `/media/${id}`,
  medium_url: `/media/${id}/medium`,
  thumbnail_url: `/media/${id}/thumbnail`,
  width: 40,
  height: 30,
  blurhash: "LEHV6nWB2yk8",
  alt: "",
  position: "e9",
  animation_dropped: false,
});

const cat = () => new File(["x"], "cat.png", { type: "image/png" });

/** Uploads that the test decides one by one. */
function network() {
  const asked: {
    key: string;
    signal?: AbortSignal;
    onProgress?: (part: number) => void;
    arrive: (media: UploadedMedia) => void;
    fail: (error: Error) => void;
  }[] = [];
  const send = vi.fn(
    (_file: Blob, options: { key: string; signal?: AbortSignal }) =>
      new Promise<UploadedMedia>((resolve, reject) => {
        asked.push({ ...options, arrive: resolve, fail: reject });
      }),
  );
  return { asked, send };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

beforeEach(() => {
  URL.createObjectURL = () => "blob:cat";
  URL.revokeObjectURL = vi.fn();
});

function leaving(): boolean {
  const event = new Event("beforeunload", { cancelable: true });
  window.dispatchEvent(event);
  return event.defaultPrevented;
}

test("an upload tells how far it has come, and is kept over a reload once it has arrived", async () => {
  const store = memoryStore();
  const { asked, send } = network();
  const uploads = new Uploads({ store, send });
  const { key } = uploads.add("ann:post", cat());
  expect(uploads.in("ann:post")).toMatchObject([{ key, state: "uploading", preview: "blob:cat" }]);
  asked[0]?.onProgress?.(0.5);
  expect(uploads.in("ann:post")[0]?.progress).toBe(0.5);
  expect(new Uploads({ store, send }).in("ann:post")).toEqual([]);

  asked[0]?.arrive(media("m1"));
  await settled();
  expect(uploads.in("ann:post")).toMatchObject([{ state: "done", media: { id: "m1" } }]);
  expect(new Uploads({ store, send }).in("ann:post")).toMatchObject([
    { key, name: "cat.png", state: "done", preview: "/media/m1/thumbnail", media: { id: "m1" } },
  ]);
  expect(new Uploads({ store, send }).in("ann:chat")).toEqual([]);
});

test("a picture that has waited too long for its post isn't offered any more", async () => {
  const store = memoryStore();
  const { asked, send } = network();
  new Uploads({ store, send, now: () => 1_000 }).add("ann:post", cat());
  asked[0]?.arrive(media("m1"));
  await settled();
  expect(new Uploads({ store, send, now: () => 1_000 + FRESH_MS }).in("ann:post")).toEqual([]);
  expect(store.keys("echo:upload:")).toEqual([]);
});

test("a failed upload stays, and is tried again under the same key", async () => {
  const { asked, send } = network();
  const uploads = new Uploads({ store: memoryStore(), send });
  const { key } = uploads.add("ann:post", cat());
  asked[0]?.fail(new Problem({ status: 503 }));
  await settled();
  expect(uploads.in("ann:post")).toMatchObject([{ state: "failed" }]);
  uploads.retry("ann:post", key);
  expect(asked.map((each) => each.key)).toEqual([key, key]);
  asked[1]?.arrive(media("m1"));
  await settled();
  expect(uploads.in("ann:post")).toMatchObject([{ state: "done" }]);
});

test("a removed picture is no longer sent, and one that arrives all the same isn't put back", async () => {
  const store = memoryStore();
  const { asked, send } = network();
  const uploads = new Uploads({ store, send });
  const { key } = uploads.add("ann:post", cat());
  uploads.remove("ann:post", key);
  expect(asked[0]?.signal?.aborted).toBe(true);
  asked[0]?.arrive(media("m1"));
  await settled();
  expect(uploads.in("ann:post")).toEqual([]);
  expect(store.keys("echo:upload:")).toEqual([]);
});

test("a draft that goes out takes what is uploaded with it", async () => {
  const store = memoryStore();
  const { asked, send } = network();
  const uploads = new Uploads({ store, send });
  uploads.add("ann:post", cat());
  asked[0]?.arrive(media("m1"));
  await settled();
  expect(uploads.take("ann:post").map((each) => each.media?.id)).toEqual(["m1"]);
  expect(uploads.in("ann:post")).toEqual([]);
  expect(new Uploads({ store, send }).in("ann:post")).toEqual([]);
});

test("leaving the site is asked about while something is uploading, and only then", async () => {
  const { asked, send } = network();
  const uploads = new Uploads({ store: memoryStore(), send });
  expect(leaving()).toBe(false);
  uploads.add("ann:post", cat());
  expect(leaving()).toBe(true);
  asked[0]?.arrive(media("m1"));
  await settled();
  expect(leaving()).toBe(false);
});

test("a picture that won’t move any more says so, and one that never did says nothing", async () => {
  const { asked, send } = network();
  const uploads = new Uploads({ store: memoryStore(), send });
  uploads.add("ann:post", new File(["x"], "dance.webp", { type: "image/webp" }));
  uploads.add("ann:post", cat());
  const { result } = renderHook(useToasts);
  await act(async () => {
    asked[0]?.arrive({ ...media("m1"), animation_dropped: true });
    asked[1]?.arrive(media("m2"));
    await settled();
  });
  const said = result.current.map(({ text }) => text);
  expect(said).toContain("dance.webp: This picture won’t move here. Animated GIFs do.");
  expect(said.join()).not.toContain("cat.png: This");
});
