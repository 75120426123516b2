/** Regions that logs no longer reach take in state while all write and anything crashes: over seeds, and with rules broken. */
import { testSeed } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import { largeLimits } from "../../packages/core/src/sync/large-values.js";
import { failureReport, runSeed } from "./index.js";

const STEPS = 300;
const fixed = Array.from(
  { length: Number(process.env["COUNT"] ?? 16) },
  (_, at) => at + Number(process.env["FROM"] ?? 1),
);
const fresh = testSeed();

for (const seed of [...fixed, fresh]) {
  test(`state sync, seed ${seed}`, () => {
    const result = runSeed(seed, STEPS, { stateSync: true });
    expect(failureReport(result, `npm run simulate -- --seed ${seed} --steps ${STEPS} --state-sync`)).toBe("");
  }, 60000);
}

const usual = { ...largeLimits };
afterEach(() => void Object.assign(largeLimits, usual));

/** Where nearly every set, hash, sorted set and list is large. */
const PAGED = Array.from({ length: 4 }, (_, at) => at + 1);

for (const seed of [...PAGED, fresh]) {
  test(`state sync in pages, seed ${seed}`, () => {
    Object.assign(largeLimits, { parts: 2, page: 2, attempts: 3 });
    expect(failureReport(runSeed(seed, STEPS, { stateSync: true }), "this test, with that seed")).toBe("");
  }, 60000);
}
