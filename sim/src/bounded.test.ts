/** No bounded counter is oversold, whatever is cut, lost, repeated, folded, taken in by state, removed or set back: over seeds. */
import { testSeed } from "@meridian/testkit";
import { expect, test } from "vitest";
import { beside } from "./bounded.js";
import { failureReport, runSeed, type RunOptions } from "./index.js";

const STEPS = 300;
const COUNT = Number(process.env["COUNT"] ?? 2);
const fixed = Array.from({ length: COUNT }, (_, at) => at + Number(process.env["FROM"] ?? 1));
let taken = 0;

const faults: Record<string, [RunOptions, string]> = {
  "cuts and lost ends of logs": [{ crashes: true }, ""],
  "former incarnations folded": [{ folds: true }, " --folds"],
  "state taken in": [{ folds: true, stateSync: true }, " --folds --state-sync"],
  "set back behind a fold": [{ folds: true, stateSync: true, foldsForgotten: true }, " --folds-forgotten"],
  "regions that come and go": [{ folds: true, membership: true }, " --folds --membership"],
  "hardships and runs": [{ folds: true, hardships: true, coalesces: true }, " --folds --hardships --coalesces"],
};

for (const [name, [options, given]] of Object.entries(faults)) {
  for (const seed of [...fixed, testSeed()]) {
    test(`${name}, seed ${seed}`, () => {
      const result = runSeed(seed, STEPS, { ...options, bounded: true, weights: beside });
      taken += result.taken;
      expect(failureReport(result, `npm run simulate -- --seed ${seed} --steps ${STEPS}${given} --bounded`)).toBe("");
    }, 60000);
  }
}

test("something was taken", () => {
  process.stdout.write(`simulator: ${taken} taken from bounded counters\n`);
  expect(taken).toBeGreaterThan(0);
});
