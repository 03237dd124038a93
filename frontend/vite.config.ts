import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";
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

/**
 * The service worker that opens the app without a network: it keeps the page and all that belongs
 * to the build, and nothing else ever. What the API, the socket or a picture's address answers
 * passes it by. A new version waits until it is asked for, or no tab uses the old one any more.
 */
const offlineShell = VitePWA({
  registerType: "prompt",
  // src/lib/app-shell.ts does that, once the page is there.
  injectRegister: false,
  // public/manifest.webmanifest is it.
  manifest: false,
  workbox: {
    globPatterns: ["**/*.{html,js,css,svg,png,webmanifest}"],
    navigateFallback: "/index.html",
    navigateFallbackDenylist: [
      /^\/(v1|socket\.io|docs|assets|\.well-known)(\/|$)/i,
      /^\/(openapi\.json|sw\.js|healthz|readyz|startz|metrics)$/i,
    ],
    // The page of a first visit has all its parts on the device at once.
    clientsClaim: true,
    inlineWorkboxRuntime: true,
  },
});

export default defineConfig({
  plugins: [react(), tailwindcss(), slimAxios, offlineShell],
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
    rolldownOptions: {
      output: {
        // What most chunks share is one file: fifty small ones are as many requests, and pack badly.
        codeSplitting: { groups: [{ name: "shared", minShareCount: 20 }] },
      },
    },
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
