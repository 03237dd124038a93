import type { Dispatch } from "react";
import { t } from "@/lib/messages";
import { addPictures, uploads } from "@/lib/uploads";
import { type DraftChange, type DraftPicture, MAX_BLOCKS, pictureOf } from "./draft";

/** The pictures of a draft: they are uploaded above the pages, the draft names them. */
export function usePictures(change: Dispatch<DraftChange>, group: string, blocks: number) {
  const add = (files: File[]) => {
    const added = addPictures(group, files, MAX_BLOCKS - blocks, t.composer.full(MAX_BLOCKS));
    if (added.length > 0) change({ type: "add-pictures", pictures: added.map(pictureOf) });
  };
  const retry = (key: string) => uploads.retry(group, key);
  const drop = ({ key }: DraftPicture) => uploads.remove(group, key);
  return { add, retry, drop };
}
