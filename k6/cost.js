// What does one operation cost the machine?
//
// Kinds of operations one after another, each offered alone at a fixed rate. `cargo xtask bench` reads the CPU time of
// the services, nats-server and mongod (load generator and edge apart) where a phase begins and where it ends, after
// projections have caught up. What the idle system costs meanwhile is part of each figure, and read by itself in a
// first phase in which nothing is offered. While messages are sent, every receiver has a socket open, to which they are
// delivered.
//
// An answer that does nothing costs three times as much at 200 a second as at 3,000, for a process that sleeps in between
// has to be woken each time. So the rate is one that keeps two cores busy, and docs/performance.md tells
// what operations cost at a slower one.
//
//   cargo xtask bench cost [--rate 700] [--duration 20s] [--shipped]
import exec from "k6/execution";

import { Counter } from "k6/metrics";

import { introduced, phase } from "./client/journal.js";
import { operations } from "./client/operations.js";
import { NOTHING_FAILS, PEOPLE, SETUP_TIMEOUT, SUMMARY, seconds, shown } from "./client/options.js";
import { playedBy, prepare } from "./client/people.js";
import { connect } from "./client/socket.js";

const PHASES = {
  idle: [],
  single: ["post", "profile"],
  list: ["feed", "postsOf", "history", "sidebar"],
  write: ["publish", "like", "comment"],
  message: ["message"],
};
const RATE = Number(__ENV.ECHO_RATE || 700);
const SECONDS = seconds(__ENV.ECHO_DURATION || "20s");
/** For projections, and for answers that are still on their way. */
const PAUSE_S = 3;

const delivered = new Counter("echo_delivered");

const names = Object.keys(PHASES);
// First of all the projections of what was prepared have to come to their end.
const begin = (index) => PAUSE_S + index * (SECONDS + PAUSE_S);

const offered = names.filter((name) => PHASES[name].length > 0);

const loads = Object.fromEntries(
  offered.map((name) => [
    name,
    {
      executor: "constant-arrival-rate",
      rate: RATE,
      timeUnit: "1s",
      startTime: `${begin(names.indexOf(name))}s`,
      duration: `${SECONDS}s`,
      preAllocatedVUs: Math.ceil(RATE / 4),
      maxVUs: RATE * 4,
      env: { PHASE: name },
      tags: { phase: name },
    },
  ]),
);
// Says when a phase begins and when its last effects are over.
const marks = Object.fromEntries(
  names.flatMap((name, index) =>
    [begin(index), begin(index) + SECONDS + PAUSE_S - 0.5].map((at, end) => [
      `${name}_${end ? "ends" : "begins"}`,
      {
        executor: "per-vu-iterations",
        vus: 1,
        iterations: 1,
        exec: "mark",
        startTime: `${Math.round(at * 1000)}ms`,
        env: { MARK: end ? "" : name },
      },
    ]),
  ),
);

const listeners = {
  executor: "per-vu-iterations",
  vus: PEOPLE,
  iterations: 1,
  exec: "listen",
  startTime: `${begin(names.indexOf("message")) - PAUSE_S}s`,
  maxDuration: `${SECONDS + 3 * PAUSE_S}s`,
  tags: { phase: "message" },
};

export const options = {
  setupTimeout: SETUP_TIMEOUT,
  summaryTrendStats: SUMMARY,
  scenarios: { ...loads, ...marks, listeners },
  thresholds: {
    ...NOTHING_FAILS,
    // Every message reaches its receiver's socket and its sender's.
    echo_delivered: [`count>=${RATE * SECONDS}`],
    ...shown(...offered.map((name) => `echo_operations{phase:${name}}`)),
  },
};

export function setup() {
  const data = prepare(PEOPLE);
  introduced(data);
  return data;
}

export default function (data) {
  const choice = PHASES[__ENV.PHASE];
  operations[choice[exec.scenario.iterationInTest % choice.length]](data, exec.vu.idInTest);
}

export function listen(data) {
  const me = playedBy(data, (exec.vu.idInTest % PEOPLE) + 1);
  const on = (event) => event === "message:new" && delivered.add(1);
  const socket = connect(me.token, on, (reason) => console.error(`a socket failed: ${reason}`));
  setTimeout(() => socket.close(), (SECONDS + 2 * PAUSE_S) * 1000);
}

export function mark() {
  phase(__ENV.MARK || null);
}
