// Is the system as fast as it should be under an ordinary load?
//
// Three hundred operations a second, one in five a write: the figures that docs/performance.md states.
//
//   cargo xtask bench mixed [--rate 300] [--duration 1m] [--url URL]
import { MIXED } from "./client/operations.js";
import { play, steady } from "./client/steady.js";

export { setup, teardown } from "./client/steady.js";

export const options = steady();

export default function (data) {
  play(MIXED, data);
}
