// How long does a message take to the other's screen?
//
// Each virtual user is one person with a socket and four friends with sockets, who all write to that person: every
// second one of them sends over the socket, waits for the acknowledgement, and the message has to appear at the
// person's within moments. Nothing may be lost.
//
//   cargo xtask bench chat [--people 60] [--duration 1m] [--url URL]
import { check } from "k6";
import exec from "k6/execution";
import { Counter, Rate, Trend } from "k6/metrics";

import { uuid } from "./client/api.js";
import { acknowledged, introduced, phase } from "./client/journal.js";
import { SETUP_TIMEOUT, SUMMARY, seconds } from "./client/options.js";
import { FRIENDS_AHEAD, prepare } from "./client/people.js";
import { connect } from "./client/socket.js";

/** From sending to the other's screen. */
const delivery = new Trend("delivery_ms", true);
/** From sending to the acknowledgement. */
const acknowledgement = new Trend("acknowledgement_ms", true);
const arrived = new Rate("echo_messages_arrived");
const sent = new Counter("echo_messages_sent");

const PEOPLE = Number(__ENV.ECHO_PEOPLE || 60);
const SECONDS = seconds(__ENV.ECHO_DURATION || "60s");
const SEND_EVERY_MS = 1000;
/** How long a message may take before it counts as lost. */
const PATIENCE_MS = 10_000;

export const options = {
  setupTimeout: SETUP_TIMEOUT,
  summaryTrendStats: SUMMARY,
  scenarios: {
    conversations: {
      executor: "per-vu-iterations",
      vus: PEOPLE,
      iterations: 1,
      maxDuration: `${SECONDS + 40}s`,
    },
  },
  thresholds: {
    checks: ["rate==1"],
    echo_messages_arrived: ["rate==1"],
    // Live is live: this includes the append, the republishing, unsealing and two sockets.
    delivery_ms: ["p(99)<50"],
    acknowledgement_ms: ["p(99)<50"],
  },
};

export function setup() {
  const data = prepare(PEOPLE, { postsEach: 0 });
  introduced(data);
  phase("load");
  return data;
}

export default function ({ people }) {
  const mine = exec.vu.idInTest - 1;
  const me = people[mine % people.length];
  const friends = Array.from({ length: FRIENDS_AHEAD }, (_, ahead) => people[(mine + 1 + ahead) % people.length]);
  const waiting = new Map();
  let welcome = 0;
  let closing = false;

  const failed = (reason) => closing || check(null, { [`no socket fails: ${reason}`]: () => false });
  const lost = () => {
    const longest = Date.now() - PATIENCE_MS;
    for (const [id, at] of waiting) {
      if (at > longest) continue;
      waiting.delete(id);
      arrived.add(false);
    }
  };
  const seen = (event, { message } = {}) => {
    if (event !== "message:new" || !waiting.has(message.id)) return;
    delivery.add(Date.now() - waiting.get(message.id));
    waiting.delete(message.id);
    arrived.add(true);
  };
  const once = (then) => {
    let before = false;
    return (event, payload) => {
      if (event === "welcome" && !before) {
        before = true;
        welcome += 1;
      }
      then(event, payload);
    };
  };

  const sockets = [
    connect(me.token, once(seen), failed),
    ...friends.map((friend) => connect(friend.token, once(() => {}), failed)),
  ];
  const send = () => {
    if (welcome <= FRIENDS_AHEAD) return;
    const from = Math.floor(Math.random() * friends.length);
    const [id, at] = [uuid(), Date.now()];
    waiting.set(id, at);
    sent.add(1);
    sockets[1 + from].emit("message:send", { to: me.id, id, text: "On my way!" }, (answer) => {
      acknowledgement.add(Date.now() - at);
      if (check(answer, { "message:send is acknowledged": (a) => a.ok === true }))
        acknowledged("message", { id, by: friends[from].username, to: me.id });
    });
  };

  const sending = setInterval(() => {
    send();
    lost();
  }, SEND_EVERY_MS);
  setTimeout(() => clearInterval(sending), SECONDS * 1000);
  setTimeout(
    () => {
      for (const _ of waiting) arrived.add(false);
      closing = true;
      for (const socket of sockets) socket.close();
    },
    SECONDS * 1000 + PATIENCE_MS / 2,
  );
}

export function teardown() {
  phase(null);
}
