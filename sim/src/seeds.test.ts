/** The simulator over a fixed set of seeds, seeds that once failed, and a fresh one that is printed. */
import { expect, test } from "vitest";
import { failureReport, runSeed } from "./index.js";

const STEPS = 300;
const fixed = Array.from({ length: 20 }, (_, at) => at + 1);
const fresh = 1 + (Date.now() % 1000000000);

function check(seed: number): void {
  const result = runSeed(seed, STEPS);
  expect(failureReport(result, `npm run simulate -- --seed ${seed} --steps ${STEPS}`)).toBe("");
}

for (const seed of fixed) test(`seed ${seed}`, () => check(seed), 30000);

test(`fresh seed ${fresh}`, () => {
  process.stdout.write(`simulator: fresh seed ${fresh}\n`);
  check(fresh);
}, 30000);

test("one seed is one run", () => {
  const [one, other] = [runSeed(7, 100), runSeed(7, 100)];
  expect(other.steps).toEqual(one.steps);
}, 30000);
