import { useEffect, useRef, useState } from "react";
import { toProblem } from "@/lib/api/problem";
import type { MessageMedia, UploadedMedia } from "@/lib/api/types";
import { refusalOf, uploadPicture } from "@/lib/api/upload";
import { newId } from "@/lib/ids";
import { t } from "@/lib/messages";
import { browserStore } from "@/lib/storage";
import { showToast } from "@/lib/toasts";

/** As many as a message takes. */
export const MOST_PICTURES = 10;
/** A message takes pictures uploaded less than twelve hours before; one that waits for its message longer is dropped. */
const FRESH_MS = 11 * 60 * 60_000;

/** A picture on its way into a message. */
export interface Attachment {
  /** Names the upload too, so that each try is the same one. */
  key: string;
  name: string;
  /** What it looks like: our own copy until the server's is there. */
  preview: string;
  state: "uploading" | "done" | "failed";
  /** From 0 to 1. */
  progress: number;
  /** What the server made of it, once it is there. */
  media: MessageMedia | null;
  uploadedAt: number;
}

interface Held extends Attachment {
  file: File | null;
  cancel: AbortController;
}

/** The pictures of the message that is being written. What is uploaded outlives a reload. */
export function useAttachments(draftKey: string) {
  const [held, setHeld] = useState<Held[]>(() => restored(draftKey));
  const latest = useRef(held);
  useEffect(() => {
    latest.current = held;
    keep(draftKey, held);
  }, [held, draftKey]);
  // Who leaves the chat leaves its uploads.
  useEffect(
    () => () => {
      for (const { cancel, preview } of latest.current) {
        cancel.abort();
        URL.revokeObjectURL(preview);
      }
    },
    [],
  );

  const change = (key: string, what: Partial<Held>) =>
    setHeld((all) => all.map((each) => (each.key === key ? { ...each, ...what } : each)));

  const upload = (each: Held) => {
    if (!each.file) return;
    uploadPicture(each.file, {
      key: each.key,
      signal: each.cancel.signal,
      onProgress: (progress) => change(each.key, { progress }),
    })
      .then((uploaded) =>
        change(each.key, { state: "done", media: toMedia(uploaded), uploadedAt: Date.now() }),
      )
      .catch((error: unknown) => {
        if (each.cancel.signal.aborted) return;
        change(each.key, { state: "failed" });
        showToast("error", `${each.name}: ${toProblem(error).text}`);
      });
  };

  const add = (files: File[]) => {
    const room = MOST_PICTURES - latest.current.length;
    const taken: Held[] = [];
    for (const file of files) {
      const refusal = refusalOf(file);
      if (refusal) showToast("error", `${file.name}: ${refusal}`);
      else if (taken.length < room) taken.push(begun(file));
      else {
        showToast("error", t.pictures.tooMany(MOST_PICTURES));
        break;
      }
    }
    setHeld((all) => [...all, ...taken]);
    taken.forEach(upload);
  };

  const retry = (key: string) => {
    const each = latest.current.find((one) => one.key === key);
    if (!each) return;
    change(key, { state: "uploading", progress: 0 });
    upload(each);
  };

  const remove = (key: string) => {
    const each = latest.current.find((one) => one.key === key);
    each?.cancel.abort();
    if (each) URL.revokeObjectURL(each.preview);
    setHeld((all) => all.filter((one) => one.key !== key));
  };

  /** What is uploaded, for the message that goes out now; nothing is left here. */
  const take = (): MessageMedia[] => {
    for (const { preview } of held) URL.revokeObjectURL(preview);
    setHeld([]);
    return held.flatMap(({ media }) => media ?? []);
  };

  const all: Attachment[] = held;
  return { all, ready: held.every(({ state }) => state === "done"), add, retry, remove, take };
}

function begun(file: File): Held {
  return {
    key: newId(),
    name: file.name,
    preview: URL.createObjectURL(file),
    state: "uploading",
    progress: 0,
    media: null,
    uploadedAt: 0,
    file,
    cancel: new AbortController(),
  };
}

function toMedia(uploaded: UploadedMedia): MessageMedia {
  const { id, url, thumbnail_url, width, height, blurhash, alt } = uploaded;
  return { media_id: id, url, thumbnail_url, width, height, blurhash, alt };
}

const storeKey = (draftKey: string) => `${draftKey}:pictures`;

function keep(draftKey: string, held: Held[]): void {
  const done = held.filter(({ state }) => state === "done");
  const kept = done.map(({ name, media, uploadedAt }) => ({ name, media, uploadedAt }));
  if (kept.length > 0) browserStore.set(storeKey(draftKey), JSON.stringify(kept));
  else browserStore.remove(storeKey(draftKey));
}

function restored(draftKey: string): Held[] {
  let kept: Pick<Held, "name" | "media" | "uploadedAt">[];
  try {
    kept = JSON.parse(browserStore.get(storeKey(draftKey)) ?? "[]");
  } catch {
    return [];
  }
  return kept
    .filter(({ uploadedAt }) => Date.now() - uploadedAt < FRESH_MS)
    .map((each) => ({
      ...each,
      key: newId(),
      preview: each.media?.thumbnail_url ?? "",
      state: "done",
      progress: 1,
      file: null,
      cancel: new AbortController(),
    }));
}
