import { useSyncExternalStore } from "react";
import { session } from "./api/client";
import { toProblem } from "./api/problem";
import type { UploadedMedia } from "./api/types";
import { refusalOf, uploadPicture } from "./api/upload";
import { onForget } from "./forget-account";
import { FRESH_MS } from "./freshness";
import { newId } from "./ids";
import { t } from "./messages";
import { browserStore, type KeyValueStore } from "./storage";
import { showToast } from "./toasts";

/** A picture on its way to the server. */
export interface Upload {
  /** Names the upload, and is its idempotency key: each try is the same one. */
  key: string;
  /** The draft that it belongs to. It names the account, so that log-out finds what is stored of it. */
  group: string;
  name: string;
  /** What it shows, for those who can't see it. */
  alt: string;
  /** The browser's own copy until the server's is there. */
  preview: string;
  state: "uploading" | "done" | "failed";
  /** From 0 to 1. */
  progress: number;
  /** The server's answer, once it is there. */
  media: UploadedMedia | null;
  uploadedAt: number;
}

interface Source {
  file: File;
  cancel: AbortController;
}

interface UploadsOptions {
  store: KeyValueStore;
  send: typeof uploadPicture;
  now?: () => number;
}

const PREFIX = "echo:upload:";
const NONE: Upload[] = [];

/**
 * Every upload of this tab, above the pages: one goes on while its page is left, and is there when
 * one comes back. What is uploaded outlives a reload; what isn't, the browser asks about before it
 * leaves the site.
 */
export class Uploads {
  private readonly options: UploadsOptions;
  private readonly groups = new Map<string, Upload[]>();
  /** What came from this tab's own files, until it is sent. */
  private readonly sources = new Map<string, Source>();
  private readonly listeners = new Set<() => void>();
  private guarded = false;

  constructor(options: UploadsOptions) {
    this.options = options;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** The pictures of a draft, in the order in which they were added. */
  readonly in = (group: string): Upload[] => {
    let uploads = this.groups.get(group);
    if (!uploads) {
      uploads = this.restored(group);
      this.groups.set(group, uploads);
    }
    return uploads;
  };

  /** Begins to upload a picture, and answers at once with what there is to show of it. */
  add(group: string, file: File): Upload {
    const upload: Upload = {
      key: newId(),
      group,
      name: file.name,
      alt: "",
      preview: URL.createObjectURL(file),
      state: "uploading",
      progress: 0,
      media: null,
      uploadedAt: 0,
    };
    this.sources.set(upload.key, { file, cancel: new AbortController() });
    this.set(group, [...this.in(group), upload]);
    void this.send(upload);
    return upload;
  }

  /** Once more, under the same key. */
  retry(group: string, key: string): void {
    const upload = this.in(group).find((each) => each.key === key);
    if (upload?.state !== "failed") return;
    this.change(group, key, { state: "uploading", progress: 0 });
    void this.send(upload);
  }

  /** True for what can still be described: its file is at hand. */
  canDescribe(key: string): boolean {
    return this.sources.has(key);
  }

  /** Says what a picture shows. The server is told with the picture alone, so that goes up once more. */
  describe(group: string, key: string, alt: string): void {
    const upload = this.in(group).find((each) => each.key === key);
    const source = this.sources.get(key);
    if (!upload || !source || upload.alt === alt) return;
    source.cancel.abort();
    this.sources.delete(key);
    this.options.store.remove(storeKey(group, key));
    const again: Upload = {
      ...upload,
      key: newId(),
      alt,
      state: "uploading",
      progress: 0,
      media: null,
    };
    this.sources.set(again.key, { file: source.file, cancel: new AbortController() });
    this.set(
      group,
      this.in(group).map((each) => (each.key === key ? again : each)),
    );
    void this.send(again);
  }

  /** Takes a picture out of its draft, wherever it is on its way. */
  remove(group: string, key: string): void {
    const upload = this.in(group).find((each) => each.key === key);
    if (!upload) return;
    this.forget(upload);
    this.set(
      group,
      this.in(group).filter((each) => each.key !== key),
    );
  }

  /** What is uploaded, for the draft that goes out now; nothing is left here. */
  take(group: string): Upload[] {
    const uploads = this.in(group);
    for (const upload of uploads) this.forget(upload);
    this.set(group, NONE);
    return uploads.filter(({ state }) => state === "done");
  }

  /** Forgets everything, as at a log-out. */
  clear(): void {
    for (const group of [...this.groups.keys()]) this.take(group);
    this.groups.clear();
  }

  private async send({ group, key, name, alt }: Upload): Promise<void> {
    const source = this.sources.get(key);
    if (!source) return;
    const { file, cancel } = source;
    try {
      const media = await this.options.send(file, {
        key,
        alt: alt || undefined,
        signal: cancel.signal,
        onProgress: (progress) => this.change(group, key, { progress }),
      });
      if (cancel.signal.aborted) return;
      this.change(group, key, { state: "done", progress: 1, media, uploadedAt: this.now() });
      this.keep(group, key);
      if (media.animation_dropped) showToast("done", `${name}: ${t.pictures.animationDropped}`);
    } catch (error) {
      if (cancel.signal.aborted) return;
      this.change(group, key, { state: "failed" });
      showToast("error", `${name}: ${toProblem(error).text}`);
    }
  }

  private forget({ group, key, preview }: Upload): void {
    this.sources.get(key)?.cancel.abort();
    this.sources.delete(key);
    this.options.store.remove(storeKey(group, key));
    if (preview.startsWith("blob:")) URL.revokeObjectURL(preview);
  }

  private change(group: string, key: string, what: Partial<Upload>): void {
    this.set(
      group,
      this.in(group).map((each) => (each.key === key ? { ...each, ...what } : each)),
    );
  }

  private set(group: string, uploads: Upload[]): void {
    this.groups.set(group, uploads);
    this.guard();
    for (const listener of this.listeners) listener();
  }

  /** The browser asks before it throws an upload away, and only then: a page that it asks about is never kept for Back. */
  private guard(): void {
    const uploading = [...this.groups.values()].flat().some(({ state }) => state === "uploading");
    if (uploading === this.guarded) return;
    this.guarded = uploading;
    if (uploading) window.addEventListener("beforeunload", askFirst);
    else window.removeEventListener("beforeunload", askFirst);
  }

  private keep(group: string, key: string): void {
    const upload = this.in(group).find((each) => each.key === key);
    if (!upload) return;
    const { name, media, uploadedAt } = upload;
    this.options.store.set(storeKey(group, key), JSON.stringify({ name, media, uploadedAt }));
  }

  private restored(group: string): Upload[] {
    const { store } = this.options;
    const prefix = storeKey(group, "");
    return store
      .keys(prefix)
      .flatMap((stored) => {
        const kept = parse(store.get(stored));
        if (kept && this.now() - kept.uploadedAt < FRESH_MS) {
          return [restoredUpload(group, stored.slice(prefix.length), kept)];
        }
        store.remove(stored);
        return [];
      })
      .sort((one, other) => one.uploadedAt - other.uploadedAt);
  }

  private now(): number {
    return this.options.now?.() ?? Date.now();
  }
}

type Kept = Pick<Upload, "name" | "uploadedAt"> & { media: UploadedMedia };

const storeKey = (group: string, key: string) => `${PREFIX}${group}:${key}`;

function parse(text: string | null): Kept | null {
  try {
    return JSON.parse(text ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

function restoredUpload(group: string, key: string, kept: Kept): Upload {
  return {
    ...kept,
    alt: kept.media.alt,
    key,
    group,
    preview: kept.media.thumbnail_url,
    state: "done",
    progress: 1,
  };
}

function askFirst(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

export const uploads = new Uploads({ store: browserStore, send: uploadPicture });

// Another person's pictures are none of the next one's business.
let account = accountId();
session.subscribe(() => {
  if (account !== null && account !== accountId()) uploads.clear();
  account = accountId();
});

function accountId(): string | null {
  const state = session.getState();
  return state.status === "signed-in" ? state.account.id : null;
}

onForget(() => uploads.clear());

/** The pictures of a draft, kept true. */
export function useUploads(group: string): Upload[] {
  return useSyncExternalStore(uploads.subscribe, () => uploads.in(group));
}

/** Begins to upload the files that can be sent at all, as long as there is room; says why for the others. */
export function addPictures(group: string, files: File[], room: number, full: string): Upload[] {
  const added: Upload[] = [];
  for (const file of files) {
    const refusal = refusalOf(file);
    if (refusal) showToast("error", `${file.name}: ${refusal}`);
    else if (added.length < room) added.push(uploads.add(group, file));
    else {
      showToast("error", full);
      break;
    }
  }
  return added;
}
