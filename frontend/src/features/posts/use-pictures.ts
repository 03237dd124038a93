import { type Dispatch, useEffect, useRef } from "react";
import { toProblem } from "@/lib/api/problem";
import { refusalOf, uploadPicture } from "@/lib/api/upload";
import { newId } from "@/lib/ids";
import { t } from "@/lib/messages";
import { showToast } from "@/lib/toasts";
import { type DraftChange, type DraftPicture, MAX_BLOCKS } from "./draft";

interface Upload {
  file: File;
  cancel: AbortController;
}

/** The uploads behind the pictures of a draft, which itself holds only what can be stored. */
export function usePictures(change: Dispatch<DraftChange>, blocks: number) {
  const uploads = useRef(new Map<string, Upload>());
  // Who leaves the page leaves what isn't uploaded.
  useEffect(() => {
    const held = uploads.current;
    return () => {
      for (const { cancel } of held.values()) cancel.abort();
    };
  }, []);

  const begin = (key: string) => {
    const upload = uploads.current.get(key);
    if (!upload) return;
    const { file, cancel } = upload;
    uploadPicture(file, {
      key,
      signal: cancel.signal,
      onProgress: (progress) => change({ type: "set-picture", key, what: { progress } }),
    })
      .then((media) => {
        uploads.current.delete(key);
        const what = { state: "done", media, uploadedAt: Date.now() } as const;
        change({ type: "set-picture", key, what });
      })
      .catch((error: unknown) => {
        if (cancel.signal.aborted) return;
        change({ type: "set-picture", key, what: { state: "failed" } });
        showToast("error", `${file.name}: ${toProblem(error).text}`);
      });
  };

  const add = (files: File[]) => {
    const pictures: DraftPicture[] = [];
    for (const file of files) {
      const refusal = refusalOf(file);
      if (refusal) {
        showToast("error", `${file.name}: ${refusal}`);
      } else if (blocks + pictures.length >= MAX_BLOCKS) {
        showToast("error", t.composer.full(MAX_BLOCKS));
        break;
      } else {
        const picture = begun(file);
        uploads.current.set(picture.key, { file, cancel: new AbortController() });
        pictures.push(picture);
      }
    }
    if (pictures.length === 0) return;
    change({ type: "add-pictures", pictures });
    for (const { key } of pictures) begin(key);
  };

  const retry = (key: string) => {
    change({ type: "set-picture", key, what: { state: "uploading", progress: 0 } });
    begin(key);
  };

  const drop = (picture: DraftPicture) => {
    uploads.current.get(picture.key)?.cancel.abort();
    uploads.current.delete(picture.key);
    if (picture.preview.startsWith("blob:")) URL.revokeObjectURL(picture.preview);
  };

  return { add, retry, drop };
}

function begun(file: File): DraftPicture {
  return {
    key: newId(),
    type: "image",
    name: file.name,
    alt: "",
    preview: URL.createObjectURL(file),
    state: "uploading",
    progress: 0,
    media: null,
    uploadedAt: 0,
  };
}
