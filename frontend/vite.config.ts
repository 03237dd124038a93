import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { COMPONENT } from "./patience.ts";

// Where the development edge listens; everything that isn't the client itself goes there.
const edge = process.env.ECHO_EDGE_URL ?? "http://127.0.0.1:8080";
const proxy = {
  "/v1": { target: edge },
  "/socket.io": { target: edge, ws: true },
};

/**
 * What axios carries and this client never calls, each with what stands in for it. It sends by
 * XMLHttpRequest, which alone tells how far an upload is, and bodies are JSON or files.
 */
const UNUSED_OF_AXIOS: Record<string, string> = {
  "/adapters/fetch.js": "export const getFetch = () => null;",
  "/helpers/HttpStatusCode.js": "export default {};",
  "/helpers/formDataToJSON.js": "export default () => null;",
  "/helpers/composeSignals.js": "export default () => undefined;",
  "/cancel/CancelToken.js": "export default class {}",
  "/helpers/spread.js": "export default () => undefined;",
};

const slimAxios: Plugin = {
  name: "slim-axios",
  enforce: "pre",
  load: {
    filter: { id: /\/axios\/lib\// },
    handler: (id) => UNUSED_OF_AXIOS[id.split("/axios/lib")[1] ?? ""] ?? null,
  },
};

export default defineConfig({
  plugins: [react(), tailwindcss(), slimAxios],
  resolve: {
    alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) },
  },
  server: { host: "127.0.0.1", proxy },
  preview: { host: "127.0.0.1", proxy },
  build: {
    target: "es2022",
    manifest: true,
    // The content security policy allows no data: scripts or styles, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: {
    environment: "jsdom",
    environmentOptions: { jsdom: { url: "http://echo.test/" } },
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["./src/testing/setup.ts"],
    restoreMocks: true,
    testTimeout: COMPONENT.test,
    hookTimeout: COMPONENT.hook,
    expect: { poll: { timeout: COMPONENT.wait } },
    // Two workers at most: the machine that runs this has other work to do.
    maxWorkers: 2,
  },
});
