// Does the system stay as it is for half an hour: no growing memory, no growing delay?
//
// A third of what it could do, for long; the report shows each process's memory at the beginning and at the end.
//
//   cargo xtask bench soak [--rate 100] [--duration 30m] [--url URL]
import { MIXED } from "./client/operations.js";
import { offered } from "./client/options.js";
import { play, steady } from "./client/steady.js";

export { setup, teardown } from "./client/steady.js";

export const options = steady(offered(Number(__ENV.ECHO_RATE || 100), __ENV.ECHO_DURATION || "30m"));

export default function (data) {
  play(MIXED, data);
}
