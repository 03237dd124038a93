// The lock file must install on every platform: each optional (native) package it mentions has to
// have an entry of its own, and no registry address may be in it.
import { readFileSync } from "node:fs";

const text = readFileSync(new URL("../package-lock.json", import.meta.url), "utf8");
const { packages } = JSON.parse(text);
const problems = [];

for (const [path, entry] of Object.entries(packages)) {
  if (entry.resolved?.startsWith("http")) problems.push(`${path} names a registry address`);
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    const here = `node_modules/${name}`;
    if (!packages[here] && !packages[`${path}/${here}`]) {
      problems.push(`${path} wants ${name}, which the lock file lacks`);
    }
  }
}

if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
