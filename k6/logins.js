// Does a flood of log-ins slow down anybody else?
//
// A log-in costs tens of milliseconds of a core on purpose. Feeds are read (and one in ten publishes) at an even rate,
// first in quiet and then beside a crowd that logs in again and again, as fast as it is let in; `cargo xtask bench` sets
// the two side by side. Log-ins beyond the queue are refused with 503, which is what the queue is for.
//
//   cargo xtask bench logins [--rate 50] [--duration 20s] [--url URL]
import exec from "k6/execution";

import { logIn } from "./client/api.js";
import { operations } from "./client/operations.js";
import { SETUP_TIMEOUT, SUMMARY, seconds, shown } from "./client/options.js";
import { playedBy } from "./client/people.js";

export { setup, teardown } from "./client/steady.js";

const RATE = Number(__ENV.ECHO_RATE || 50);
const SECONDS = seconds(__ENV.ECHO_DURATION || "20s");
/** Who logs in all the time. */
const CROWD = 50;
/** For the projections of what was prepared, and between the two. */
const PAUSE_S = 3;

const readers = (begin) => ({
  executor: "constant-arrival-rate",
  rate: RATE,
  timeUnit: "1s",
  startTime: `${begin}s`,
  duration: `${SECONDS}s`,
  preAllocatedVUs: RATE,
  maxVUs: RATE * 4,
});
const begins = { quiet: PAUSE_S, flood: 2 * PAUSE_S + SECONDS };

export const options = {
  setupTimeout: SETUP_TIMEOUT,
  summaryTrendStats: SUMMARY,
  scenarios: {
    quiet: readers(begins.quiet),
    flood: readers(begins.flood),
    crowd: {
      executor: "constant-vus",
      vus: CROWD,
      startTime: `${begins.flood}s`,
      duration: `${SECONDS}s`,
      exec: "crowd",
    },
  },
  thresholds: {
    echo_failed: ["rate==0"],
    "echo_refused{scenario:quiet}": ["rate==0"],
    "echo_refused{scenario:flood}": ["rate==0"],
    // Kept in the summary, and compared there.
    "http_req_duration{scenario:quiet,kind:read}": ["p(95)>=0"],
    "http_req_duration{scenario:flood,kind:read}": ["p(95)>=0"],
    ...shown("echo_operations{scenario:crowd}"),
  },
};

export default function (data) {
  // That writes aren't lost beside it is looked at as well.
  const operation = exec.scenario.iterationInTest % 10 === 0 ? operations.publish : operations.feed;
  operation(data, exec.vu.idInTest);
}

export function crowd(data) {
  logIn(playedBy(data, exec.vu.idInTest));
}
