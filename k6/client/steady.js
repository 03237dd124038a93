// A mix of operations, offered steadily: what the scenarios of this kind differ in is the mix, the rate and the time.
import exec from "k6/execution";

import { introduced, phase } from "./journal.js";
import { oneOf } from "./operations.js";
import { NOTHING_FAILS, PEOPLE, SETUP_TIMEOUT, SUMMARY, offered, shown } from "./options.js";
import { prepare } from "./people.js";

/** The options of such a scenario. */
export function steady(load = offered()) {
  return {
    setupTimeout: SETUP_TIMEOUT,
    summaryTrendStats: SUMMARY,
    scenarios: { people: load },
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
}

/** One operation of a mix by whoever the virtual user plays. */
export function play(mix, data) {
  oneOf(mix)(data, exec.vu.idInTest);
}

export function setup() {
  const data = prepare(PEOPLE);
  introduced(data);
  phase("load");
  return data;
}

export function teardown() {
  phase(null);
}
