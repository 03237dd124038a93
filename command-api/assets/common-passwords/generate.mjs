// Makes list.txt out of the passwords of zxcvbn-ts; README.md says how to run it.
import { readFileSync } from "node:fs";

// Shorter ones are no passwords here, and too short to be the heart of one (see src/passwords/weakness.rs).
const LEAST = 4;

const words = JSON.parse(readFileSync(process.argv[2], "utf8"));
const list = words
  .map((word) => word.toLowerCase().normalize("NFC"))
  .filter((word) => [...word].length >= LEAST && !/[\p{C}\p{Z}]/u.test(word));
const sorted = [...new Set(list)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
process.stdout.write(`${sorted.join("\n")}\n`);
