// What if everybody comes at once, and brings pictures?
//
// Five hundred virtual users within ten seconds, who stay for three minutes and start one operation every two seconds
// each; beside them three pictures of one megapixel a second are uploaded and posted. Nothing may fail, and nobody
// waits longer than one and a half seconds.
//
//   cargo xtask bench spike [--duration 3m] [--url URL]
import { sleep } from "k6";
import exec from "k6/execution";

import { publish, upload } from "./client/api.js";
import { acknowledged } from "./client/journal.js";
import { MIXED, oneOf } from "./client/operations.js";
import { NOTHING_FAILS, SETUP_TIMEOUT, SUMMARY, shown } from "./client/options.js";
import { playedBy } from "./client/people.js";

export { setup, teardown } from "./client/steady.js";

const VUS = 500;
const OPERATION_EVERY_S = 2;
const PICTURES_PER_S = 3;
const STAY = __ENV.ECHO_DURATION || "3m";
const PICTURE = open("./pictures/one-megapixel.jpg", "b");

export const options = {
  setupTimeout: SETUP_TIMEOUT,
  summaryTrendStats: SUMMARY,
  scenarios: {
    crowd: {
      executor: "ramping-vus",
      startVUs: 0,
      stages: [
        { duration: "10s", target: VUS },
        { duration: STAY, target: VUS },
      ],
      gracefulRampDown: "10s",
      gracefulStop: "10s",
    },
    pictures: {
      executor: "constant-arrival-rate",
      exec: "picture",
      rate: PICTURES_PER_S,
      timeUnit: "1s",
      startTime: "10s",
      duration: STAY,
      preAllocatedVUs: 10,
      maxVUs: 60,
    },
  },
  thresholds: {
    ...NOTHING_FAILS,
    // A person who waits longer than that presses the button again.
    "http_req_duration{scenario:crowd,kind:read}": ["p(95)<1500"],
    "http_req_duration{scenario:crowd,kind:write}": ["p(95)<1500"],
    "http_req_duration{kind:upload}": ["p(95)<1500"],
    ...shown("echo_operations{scenario:crowd}", "echo_operations{scenario:pictures}"),
  },
};

export default function (data) {
  if (exec.vu.iterationInScenario === 0) sleep(Math.random() * OPERATION_EVERY_S);
  const startedAt = Date.now();
  oneOf(MIXED)(data, exec.vu.idInTest);
  sleep(Math.max(0, OPERATION_EVERY_S - (Date.now() - startedAt) / 1000));
}

export function picture(data) {
  const me = playedBy(data, exec.vu.idInTest);
  const uploaded = upload(me, PICTURE);
  if (!uploaded) return;
  const published = publish(me, "Under load: look at this.", { picture: uploaded.id });
  if (published) acknowledged("post", { id: published.id, by: me.username });
}
