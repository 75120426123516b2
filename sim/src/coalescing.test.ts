/**
 * Regions that send their backlogs in runs (packages/core/src/log/run.ts), with all the faults of every run; and rules of runs that are
 * broken, which some seed must show.
 */
import { testSeed } from "@meridian/testkit";
import { afterEach, expect, test, vi } from "vitest";
import type * as MergedResets from "../../packages/core/src/runs/merged-resets.js";
import type * as RunOfLog from "../../packages/core/src/log/run.js";
import { failureReport, runSeed, type RunOptions } from "./index.js";

const STEPS = 300;
const MUTANT_SEEDS = 15;

const broken = vi.hoisted(() => ({ rule: "" }));

vi.mock("../../packages/core/src/runs/merged-resets.js", async (original) => {
  const real = await original<typeof MergedResets>();
  return {
    ...real,
    mergeResets: (...args: Parameters<typeof real.mergeResets>) =>
      broken.rule === "resets" ? args[1] : real.mergeResets(...args),
    mergeKeyResets: (...args: Parameters<typeof real.mergeKeyResets>) =>
      broken.rule === "resets" ? args[0][0] : real.mergeKeyResets(...args),
  };
});

vi.mock("../../packages/core/src/log/run.js", async (original) => {
  const real = await original<typeof RunOfLog>();
  return {
    ...real,
    isInMiddle: (...args: Parameters<typeof real.isInMiddle>) => broken.rule !== "middle" && real.isInMiddle(...args),
  };
});

afterEach(() => {
  broken.rule = "";
});

for (const seed of [1, 2, 3, 6, testSeed()]) {
  const options: RunOptions = { coalesces: true, stateSync: seed % 2 === 0, hardships: seed % 3 === 0 };
  const given = `${options.stateSync === true ? " --state-sync" : ""}${options.hardships === true ? " --hardships" : ""}`;
  test(`runs${given}, seed ${seed}`, () => {
    const result = runSeed(seed, STEPS, options);
    expect(failureReport(result, `npm run simulate -- --seed ${seed} --steps ${STEPS} --coalesces${given}`)).toBe("");
  }, 60_000);
}

const counters = { string: 3, counter: 9, hash: 3, zset: 3, key: 3, ttl: 1, set: 0, list: 0, geo: 0, hll: 0 };
const few = { ...counters, stream: 0, bits: 0, store: 0, flush: 0, sort: 0 };
const rules: Record<string, { rule: string; options: RunOptions }> = {
  "that forget what the operations left out had reset": { rule: "resets", options: { ttl: false } },
  "that apply to keys in the middle of them": { rule: "middle", options: { ttl: false, stateSync: true } },
};

test.each(Object.entries(rules))(
  "notices runs %s",
  (_name, { rule, options }) => {
    broken.rule = rule;
    const isNoticed = (seed: number): boolean =>
      runSeed(seed, STEPS, { ...options, coalesces: true, weights: few }).failure !== undefined;
    expect(Array.from({ length: MUTANT_SEEDS }, (_, at) => at + 1).some(isNoticed)).toBe(true);
  },
  120_000,
);
