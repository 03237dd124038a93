// Fails the build when a first visit to any page would fetch more than 200 KiB of compressed
// JavaScript: the entry, the page's own chunks, and all that these import.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 200 * 1024;
// A page below another one loads that one as well.
const AROUND = {
  "src/routes/log-in.tsx": ["src/routes/welcome.tsx"],
  "src/routes/sign-up.tsx": ["src/routes/welcome.tsx"],
  "src/routes/forgot-password.tsx": ["src/routes/welcome.tsx"],
  "src/routes/reset-password.tsx": ["src/routes/welcome.tsx"],
  "src/routes/confirm-email.tsx": ["src/routes/welcome.tsx"],
  "src/routes/chat-conversation.tsx": ["src/routes/shell.tsx", "src/routes/chat.tsx"],
};

const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const sizes = new Map();

function sizeOf(file) {
  if (!sizes.has(file))
    sizes.set(file, gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length);
  return sizes.get(file);
}

function collect(key, found = new Set()) {
  if (found.has(key)) return found;
  found.add(key);
  for (const imported of manifest[key].imports ?? []) collect(imported, found);
  return found;
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const pages = manifest[entry].dynamicImports.filter((key) => key.startsWith("src/routes/"));
const rows = pages.map((page) => {
  const chunks = new Set();
  for (const key of [entry, ...(AROUND[page] ?? ["src/routes/shell.tsx"]), page])
    collect(key, chunks);
  const bytes = [...chunks].reduce((sum, key) => sum + sizeOf(manifest[key].file), 0);
  return { page: page.replace(/^src\/routes\/|\.tsx$/g, ""), bytes };
});
rows.sort((one, other) => other.bytes - one.bytes);

for (const { page, bytes } of rows) {
  console.log(`${(bytes / 1024).toFixed(1).padStart(7)} KiB  ${page}`);
}
if (rows.length === 0 || rows.some(({ bytes }) => bytes > LIMIT)) {
  console.error(`A first load may be at most ${LIMIT / 1024} KiB of compressed JavaScript.`);
  process.exit(1);
}
