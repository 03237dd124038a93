import { expect, test, vi } from "vitest";
import { ann, ben } from "@/testing/people";
import { signIn } from "@/testing/render";
import { session } from "./api/client";
import { onForget } from "./forget-account";
import { createQueryClient, forgetOnAccountChange } from "./query";

const keysOf = (account: string) =>
  [...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter((key) =>
    key.includes(account),
  );

function write(account: string) {
  for (const kind of ["draft", "outbox", "post-outbox", "positions", "audience"]) {
    localStorage.setItem(`echo:${kind}:${account}:x`, "Dear diary");
  }
  localStorage.setItem(`echo:upload:${account}:post`, "[]");
  sessionStorage.setItem(`echo:draft:${account}:post:`, "1");
}

test.each([
  { how: "logs out", ended: false },
  { how: "is logged out from elsewhere", ended: true },
])(
  "whoever $how leaves nothing of theirs on the device, and what is another's stays",
  ({ ended }) => {
    const stop = forgetOnAccountChange(createQueryClient());
    const forget = vi.fn();
    onForget(forget);
    signIn(ann);
    write(ann.id);
    write(ben.id);
    localStorage.setItem("echo:theme", "dark");
    session.end(ended);
    expect(forget).toHaveBeenCalled();
    expect(keysOf(ann.id)).toEqual([]);
    expect(keysOf(ben.id)).toHaveLength(7);
    expect(localStorage.getItem("echo:theme")).toBe("dark");
    stop();
  },
);
