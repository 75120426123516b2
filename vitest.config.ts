/**
 * One configuration for every test. Suffixes say what a test needs: `*.test.ts` nothing, `*.int.test.ts` servers and
 * ports of this machine. Imports of our own packages resolve to their sources. No retries: a test that fails, fails.
 */
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "sim/src/**/*.test.ts", "bench/src/**/*.test.ts", "tests/**/*.test.ts"],
    retry: 0,
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
