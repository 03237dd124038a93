import { defineConfig } from "vitest/config";
import { BROWSER } from "./patience.ts";

export default defineConfig({
  test: {
    include: ["e2e/**/*.e2e.ts"],
    testTimeout: BROWSER.test,
    hookTimeout: BROWSER.hook,
    expect: { poll: { timeout: BROWSER.wait } },
    fileParallelism: false,
    // A browser on a machine that is busy with something else gets a second try, which the report names.
    retry: 1,
  },
});
