import { expect, test } from "vitest";
import { type Claim, Drafts } from "./drafts";
import { type KeyValueStore, memoryStore } from "./storage";

/** A browser: what its tabs share, and the locks that each gives back when it is closed. */
function browser() {
  const store = memoryStore();
  const held = new Map<string, object>();
  const tab = (own: KeyValueStore = memoryStore()) => {
    const me = {};
    const claim: Claim = async (name) => {
      const holder = held.get(name) ?? me;
      held.set(name, holder);
      return holder === me;
    };
    const drafts = new Drafts({ store, tab: own, claim });
    const close = () => {
      for (const [name, holder] of held) if (holder === me) held.delete(name);
    };
    return { open: (scope = "post") => drafts.of("ann", scope), own, close };
  };
  return { store, tab };
}

test("each tab has a draft of its own, and sending one leaves the other's", async () => {
  const { tab } = browser();
  const [one, two] = [tab(), tab()];
  two.open().write("half a thought");
  await one.open().adopt();
  expect(one.open().text()).toBe("");
  one.open().write("hello");
  one.open().write("");
  two.close();
  const reloaded = tab(two.own);
  expect(reloaded.open().text()).toBe("half a thought");
});

test("a reloaded tab goes on with what it wrote, whatever another wrote since", async () => {
  const { tab } = browser();
  const [one, two] = [tab(), tab()];
  one.open().write("first");
  two.open().write("second");
  one.close();
  expect(tab(one.own).open().text()).toBe("first");
});

test("the draft of a tab that is gone is taken up by the next", async () => {
  const { tab } = browser();
  const one = tab();
  one.open().write("left behind");
  const two = tab();
  await two.open().adopt();
  expect(two.open().text()).toBe("");
  one.close();
  await two.open().adopt();
  expect(two.open().text()).toBe("left behind");
});

test("a draft is never taken up over what was begun meanwhile", async () => {
  const { tab } = browser();
  const one = tab();
  one.open().write("left behind");
  one.close();
  const two = tab();
  const adopted = two.open().adopt();
  two.open().write("new");
  await adopted;
  expect(two.open().text()).toBe("new");
});

test("a duplicated tab leaves the draft to the one it was made from, and keeps what it changed", async () => {
  const { tab } = browser();
  const one = tab();
  one.open().write("shared");
  await Promise.resolve();
  const copy = () => {
    const own = memoryStore();
    for (const key of one.own.keys("")) own.set(key, one.own.get(key) ?? "");
    return own;
  };
  const untouched = tab(copy()).open();
  await Promise.resolve();
  expect(untouched.text()).toBe("");

  const changed = tab(copy()).open();
  changed.write("changed");
  await Promise.resolve();
  await Promise.resolve();
  changed.write("changed again");
  one.close();
  expect(tab(one.own).open().text()).toBe("shared");
  expect(changed.text()).toBe("changed again");
});

test("an empty draft is none, and one scope's isn't another's", () => {
  const { store, tab } = browser();
  const { open } = tab();
  open("post").write("a post");
  open("comment:1").write("a comment");
  open("post").write("");
  expect(open("comment:1").text()).toBe("a comment");
  expect(store.keys("echo:draft:ann:post:")).toEqual([]);
  expect(store.keys("echo:draft:ann:comment:1:")).toHaveLength(1);
});
