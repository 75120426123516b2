/** Regions that stand still, are full, fail over, and whose clocks step by an hour, with all the faults of every run. */
import { testSeed } from "@meridian/testkit";
import { expect, test } from "vitest";
import { failureReport, runSeed } from "./index.js";

const STEPS = 300;
const fixed = Array.from(
  { length: Number(process.env["COUNT"] ?? 10) },
  (_, at) => at + Number(process.env["FROM"] ?? 1),
);

for (const seed of [...fixed, testSeed()]) {
  const stateSync = seed % 2 === 0;
  test(`hardships${stateSync ? " and state sync" : ""}, seed ${seed}`, () => {
    const result = runSeed(seed, STEPS, { hardships: true, stateSync });
    const given = `--steps ${STEPS} --hardships${stateSync ? " --state-sync" : ""}`;
    expect(failureReport(result, `npm run simulate -- --seed ${seed} ${given}`)).toBe("");
  }, 60000);
}
