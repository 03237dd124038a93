// Does the system keep up with people who mostly read?
//
// Nineteen of twenty operations are feeds, profiles, threads, histories and sidebars, offered at a fixed rate whatever
// the answers take.
//
//   cargo xtask bench read-heavy [--rate 300] [--duration 1m] [--url URL]
import { READ_HEAVY } from "./client/operations.js";
import { play, steady } from "./client/steady.js";

export { setup, teardown } from "./client/steady.js";

export const options = steady();

export default function (data) {
  play(READ_HEAVY, data);
}
