// Does the system keep up with people who mostly write?
//
// Four of five operations are posts, likes, comments and messages, offered at a fixed rate whatever the answers take;
// one write in ten is read back at once, which shows how far projections lag. Afterwards every acknowledged write has
// to be readable exactly once.
//
//   cargo xtask bench write-heavy [--rate 300] [--duration 1m] [--url URL]
import { WRITE_HEAVY } from "./client/operations.js";
import { play, steady } from "./client/steady.js";

export { setup, teardown } from "./client/steady.js";

export const options = steady();

export default function (data) {
  play(WRITE_HEAVY, data);
}
