// Is everything that was acknowledged there, exactly once?
//
// Reads what a scenario wrote down of its acknowledged writes, logs in as the people it made, and looks for every post
// in its author's list, every comment under its post, every like among the post's likes and every message in the
// conversation, as both see it. `cargo xtask bench` runs it after each scenario.
import { check } from "k6";
import { SharedArray } from "k6/data";
import exec from "k6/execution";
import { Counter } from "k6/metrics";

import { everything, logIn } from "./client/api.js";

const found = new Counter("echo_found_once");
const missing = new Counter("echo_missing");
const doubled = new Counter("echo_doubled");

/** Who reads at once: fewer than may wait for a password hash. */
const READERS = 8;

/** One list to read and the ids that have to be in it: `{ route, path, readers, ids, by }`. */
const lists = new SharedArray("lists", () => listsOf(open(__ENV.ECHO_JOURNAL)));

function listsOf(journal) {
  const lines = journal
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
  const people = lines.filter((line) => line.person);
  const idOf = Object.fromEntries(people.map(({ person, username }) => [username, person]));
  const nameOf = Object.fromEntries(people.map(({ person, username }) => [person, username]));
  const all = {};
  const expect = (list, id) => {
    const entry = all[`${list.reader} ${list.path}`] || { ...list, ids: {} };
    entry.ids[id] = true;
    all[`${list.reader} ${list.path}`] = entry;
  };
  for (const line of lines) {
    const reader = line.by;
    if (line.acknowledged === "post") {
      expect({ reader, route: "/v1/users/{username}/posts", path: `/v1/users/${reader}/posts` }, line.id);
    } else if (line.acknowledged === "comment") {
      expect({ reader, route: "/v1/posts/{id}/comments", path: `/v1/posts/${line.post}/comments` }, line.id);
    } else if (line.acknowledged === "like") {
      expect({ reader, route: "/v1/posts/{id}/likes", path: `/v1/posts/${line.post}/likes` }, idOf[reader]);
    } else if (line.acknowledged === "message") {
      const history = { route: "/v1/conversations/{id}/messages" };
      expect({ ...history, reader, path: `/v1/conversations/${line.to}/messages` }, line.id);
      const other = nameOf[line.to];
      if (other) expect({ ...history, reader: other, path: `/v1/conversations/${idOf[reader]}/messages` }, line.id);
    }
  }
  // One reader after the other, so that each logs in once.
  return Object.values(all)
    .map((list) => ({ ...list, ids: Object.keys(list.ids) }))
    .sort((a, b) => (a.reader < b.reader ? -1 : 1));
}

const readers = Math.max(1, Math.min(READERS, lists.length));

export const options = {
  scenarios: {
    readers: {
      executor: "per-vu-iterations",
      vus: readers,
      iterations: 1,
      maxDuration: "20m",
    },
  },
  thresholds: {
    checks: ["rate==1"],
    echo_missing: ["count==0"],
    echo_doubled: ["count==0"],
    // A search that finds nothing has not looked.
    echo_found_once: ["count>0"],
  },
};

export default function () {
  // Stretches of neighbours, not every eighth: lists of one reader stay together.
  const stretch = Math.ceil(lists.length / readers);
  const first = (exec.vu.idInTest - 1) * stretch;
  let person = null;
  for (let index = first; index < Math.min(first + stretch, lists.length); index += 1) {
    const list = lists[index];
    if (!person || person.username !== list.reader) {
      person = { username: list.reader };
      person.token = logIn(person);
    }
    look(person, list);
  }
}

function look(person, { route, path, ids }) {
  const items = everything(person, route, path);
  if (!check(items, { "the list can be read": (list) => list !== null })) return;
  const times = {};
  for (const item of items) {
    times[item.id] = (times[item.id] || 0) + 1;
  }
  for (const id of ids) {
    if (!times[id]) {
      missing.add(1);
      console.error(`${id} was acknowledged and is missing in ${path} as ${person.username} reads it`);
    } else if (times[id] > 1) {
      doubled.add(1);
      console.error(`${id} stands ${times[id]} times in ${path} as ${person.username} reads it`);
    } else found.add(1);
  }
}
