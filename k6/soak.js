// Does the system stay as it is for half an hour: no growing memory, no growing delay?
//
// A third of what it could do, for long; the report shows each process's memory at the beginning and at the end.
//
//   cargo xtask bench soak [--rate 100] [--duration 30m] [--url URL]

import exec from "k6/execution";

import { introduced, phase } from "./client/journal.js";
import { MIXED, oneOf } from "./client/operations.js";
import { NOTHING_FAILS, PEOPLE, SETUP_TIMEOUT, SUMMARY, offered, shown } from "./client/options.js";
import { prepare } from "./client/people.js";

export const options = {
  setupTimeout: SETUP_TIMEOUT,
  summaryTrendStats: SUMMARY,
  scenarios: { people: offered(Number(__ENV.ECHO_RATE || 100), __ENV.ECHO_DURATION || "30m") },
  thresholds: {
    ...NOTHING_FAILS,
    // A write is one append and one answer; 25 ms is what a person doesn't notice and a busy laptop can keep.
    "http_req_duration{scenario:people,kind:write}": ["p(95)<25"],
    // A read is at most two round trips to MongoDB.
    "http_req_duration{scenario:people,kind:read}": ["p(95)<10"],
    // From the acknowledgement until a reader has it: what one sees of one's own change.
    projection_lag_ms: ["p(99)<100"],
    ...shown("echo_operations{scenario:people}"),
  },
};

export function setup() {
  const data = prepare(PEOPLE);
  introduced(data);
  phase("load");
  return data;
}

export default function (data) {
  oneOf(MIXED)(data, exec.vu.idInTest);
}

export function teardown() {
  phase(null);
}
