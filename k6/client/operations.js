// What people do, one function each, and how often: a mix is a list of [weight, operation].
import { check } from "k6";
import { Trend } from "k6/metrics";

import * as api from "./api.js";
import { acknowledged } from "./journal.js";
import { friendOf, oldPostOf, playedBy } from "./people.js";

/** From the acknowledgement of a write to an answer that holds it. */
const projectionLag = new Trend("projection_lag_ms", true);
/** One write of so many is read back at once. */
const READ_BACK_EVERY = 10;

function readBack(read, position) {
  // Where the cost of kinds is measured, each is alone.
  if (__ENV.PHASE || Math.random() * READ_BACK_EVERY >= 1) return;
  const acknowledgedAt = Date.now();
  const answer = read(position);
  if (answer.status !== 200) return;
  projectionLag.add(Date.now() - acknowledgedAt);
  check(answer, { "a read that waits for a write has it": (a) => a.headers["Echo-Consistency"] === "applied" });
}

const writes = {
  publish(data, vu) {
    const me = playedBy(data, vu);
    const published = api.publish(me, "Under load: the tram was on time again.");
    if (!published) return;
    acknowledged("post", { id: published.id, by: me.username });
    readBack((position) => api.post(me, published.id, position), published.position);
  },
  like(data, vu) {
    const me = playedBy(data, vu);
    const post = oldPostOf(friendOf(data, vu));
    if (api.like(me, post)) acknowledged("like", { post, by: me.username });
  },
  comment(data, vu) {
    const me = playedBy(data, vu);
    const post = oldPostOf(friendOf(data, vu));
    const added = api.comment(me, post, "Under load: I was there too!");
    if (added) acknowledged("comment", { id: added.id, post, by: me.username });
  },
  message(data, vu) {
    const [me, friend] = [playedBy(data, vu), friendOf(data, vu)];
    const sent = api.sendMessage(me, friend, "Under load: are you coming along on Saturday?");
    if (!sent) return;
    acknowledged("message", { id: sent.id, by: me.username, to: friend.id });
    readBack((position) => api.conversation(me, friend, position), sent.position);
  },
};

const reads = {
  feed: (data, vu) => api.feed(playedBy(data, vu)),
  profile: (data, vu) => api.profile(playedBy(data, vu), friendOf(data, vu)),
  postsOf: (data, vu) => api.postsOf(playedBy(data, vu), friendOf(data, vu)),
  post: (data, vu) => api.post(playedBy(data, vu), oldPostOf(friendOf(data, vu))),
  thread(data, vu) {
    const [me, post] = [playedBy(data, vu), oldPostOf(friendOf(data, vu))];
    api.post(me, post);
    api.comments(me, post);
  },
  history: (data, vu) => api.conversation(playedBy(data, vu), friendOf(data, vu)),
  sidebar: (data, vu) => api.sidebar(playedBy(data, vu)),
};

/** All of them, to build mixes of. */
export const operations = { ...writes, ...reads };

const WRITES = [
  [25, writes.publish],
  [35, writes.like],
  [15, writes.comment],
  [25, writes.message],
];
const READS = [
  [35, reads.feed],
  [15, reads.profile],
  [20, reads.thread],
  [20, reads.history],
  [10, reads.sidebar],
];

const share = (list, percent) => list.map(([weight, operation]) => [(weight * percent) / 100, operation]);

/** 80 % posts, likes, comments and messages. */
export const WRITE_HEAVY = [...share(WRITES, 80), ...share(READS, 20)];
/** 95 % feed, profile, thread, history and sidebar. */
export const READ_HEAVY = [...share(WRITES, 5), ...share(READS, 95)];
/** What people do when nobody tells them to: they read four times as often as they write. */
export const MIXED = [...share(WRITES, 20), ...share(READS, 80)];

/** One operation of a mix, chosen by weight. */
export function oneOf(mix) {
  const total = mix.reduce((sum, [weight]) => sum + weight, 0);
  let left = Math.random() * total;
  for (const [weight, operation] of mix) {
    left -= weight;
    if (left < 0) return operation;
  }
  return mix[mix.length - 1][1];
}
