// Where is the knee, and what happens beyond it?
//
// Virtual users come in steps, each starts one operation every two seconds. Up to 250 of them nothing may fail. Beyond
// what the machine can do, the only acceptable refusal is a 503 that says when to come again; and once the crowd has
// gone, the system must be as quick as before within ten seconds.
//
// The duration is that of all steps together.
//
//   cargo xtask bench stress [--duration 3m] [--url URL]
import { sleep } from "k6";
import exec from "k6/execution";

import { MIXED, oneOf } from "./client/operations.js";
import { SETUP_TIMEOUT, SUMMARY, seconds, shown } from "./client/options.js";

export { setup, teardown } from "./client/steady.js";

/** Virtual users; each two make one operation a second. */
const STEPS = [25, 50, 100, 250, 500, 800, 1000, 1500, 2000];
/** Below this nothing at all may fail. */
const SAFE = 250;
const STEP_S = seconds(__ENV.ECHO_DURATION || "180s") / STEPS.length;
const OPERATION_EVERY_S = 2;
/** How long the system has to recover. */
const RECOVERY_S = 10;

const crowds = Object.fromEntries(
  STEPS.map((vus, index) => [
    `step_${vus}`,
    {
      executor: "constant-vus",
      vus,
      duration: `${Math.round(STEP_S * 1000)}ms`,
      startTime: `${Math.round(index * STEP_S * 1000)}ms`,
      gracefulStop: "0s",
      tags: { step: String(vus) },
    },
  ]),
);

const recovered = {
  executor: "constant-vus",
  vus: 25,
  duration: "20s",
  startTime: `${Math.round((STEPS.length * STEP_S + RECOVERY_S) * 1000)}ms`,
  gracefulStop: "10s",
  tags: { step: "recovered" },
};

const safe = STEPS.filter((vus) => vus <= SAFE);
const each = (names, limits) => Object.fromEntries(names.map((name) => [name, limits]));

export const options = {
  setupTimeout: SETUP_TIMEOUT,
  summaryTrendStats: SUMMARY,
  scenarios: { ...crowds, recovered },
  thresholds: {
    echo_failed: ["rate==0"],
    ...each([...safe, "recovered"].map((step) => `echo_refused{step:${step}}`), ["rate==0"]),
    // The feed of a system that recovered is as quick as under light load.
    "http_req_duration{step:recovered,kind:read}": ["p(95)<20"],
    // For finding the knee: the last step that was answered in good time, and how much that was.
    ...each(STEPS.map((step) => `http_req_duration{step:${step}}`), ["max>=0"]),
    ...shown(...STEPS.map((step) => `echo_operations{step:${step}}`)),
  },
};

export default function (data) {
  // Not all in the same instant.
  if (exec.vu.iterationInScenario === 0) sleep(Math.random() * OPERATION_EVERY_S);
  const startedAt = Date.now();
  oneOf(MIXED)(data, exec.vu.idInTest);
  sleep(Math.max(0, OPERATION_EVERY_S - (Date.now() - startedAt) / 1000));
}
