/** `npm run soak`: a test of its own, which no run of all tests includes. */
import { defineConfig, mergeConfig } from "vitest/config";
import base from "./vitest.config.js";

const config = mergeConfig(base, defineConfig({ test: { disableConsoleIntercept: true, testTimeout: 0 } }));
config.test!.include = ["tests/faults/soak.run.ts"];
export default config;
