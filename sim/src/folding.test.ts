/** Regions restart again and again and fold their former incarnations away, while anything happens: over seeds. */
import { testSeed } from "@meridian/testkit";
import { expect, test } from "vitest";
import { failureReport, runSeed } from "./index.js";

const STEPS = 300;
const COUNT = Number(process.env["COUNT"] ?? 4);
const fixed = Array.from({ length: COUNT }, (_, at) => at + Number(process.env["FROM"] ?? 1));
/** In each a region has a backup from before a fold. */
const FORGETFUL = [59, 101, 1007, 1053];
let folds = 0;
let forgotten = 0;

for (const seed of [...fixed, testSeed()]) {
  for (const stateSync of [false, true]) {
    test(`${stateSync ? "state sync, " : ""}seed ${seed}`, () => {
      const result = runSeed(seed, STEPS, { folds: true, stateSync });
      folds += result.folds;
      const given = `--seed ${seed} --steps ${STEPS} --folds${stateSync ? " --state-sync" : ""}`;
      expect(failureReport(result, `npm run simulate -- ${given}`)).toBe("");
    }, 60000);
  }
}

test.each(FORGETFUL)(
  "set back behind a fold, seed %d",
  (seed) => {
    const result = runSeed(seed, STEPS, { folds: true, stateSync: true, foldsForgotten: true });
    forgotten += result.foldsForgotten;
    expect(failureReport(result, `npm run simulate -- --seed ${seed} --steps ${STEPS} --folds-forgotten`)).toBe("");
  },
  60000,
);

test("they were set back behind a fold", () => expect(forgotten).toBe(FORGETFUL.length));

test("they did fold", () => {
  process.stdout.write(`simulator: ${folds} folds\n`);
  expect(folds).toBeGreaterThan(0);
});
