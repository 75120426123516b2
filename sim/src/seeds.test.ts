/** The simulator over a fixed set of seeds, seeds that once failed, and a fresh one that is printed. */
import { testSeed } from "@meridian/testkit";
import { expect, test } from "vitest";
import { failureReport, runSeed } from "./index.js";

const STEPS = 300;
const fixed = Array.from({ length: 20 }, (_, at) => at + 1);
const fresh = testSeed();

function check(seed: number): void {
  const result = runSeed(seed, STEPS);
  expect(failureReport(result, `npm run simulate -- --seed ${seed} --steps ${STEPS}`)).toBe("");
}

/** In the last a stream that was said to have had as many entries as can be counted got one more, and another name. */
for (const seed of [...fixed, 30331]) test(`seed ${seed}`, () => check(seed), 30000);

/** Nearly all about streams, so that the groups of one are created, read and destroyed at once. */
const mostlyStreams = {
  stream: 20,
  key: 0.3,
  ttl: 1,
  string: 0.5,
  counter: 0,
  hash: 0,
  set: 0,
  zset: 0,
  list: 0.5,
  geo: 0,
  bits: 0,
  hll: 0,
  sort: 0,
};

for (const seed of [...fixed.slice(0, 10), fresh]) {
  test(`streams, seed ${seed}`, () => {
    const result = runSeed(seed, STEPS, { weights: mostlyStreams });
    expect(failureReport(result, `seed ${seed} of seeds.test.ts, with its weights`)).toBe("");
  }, 30000);
}

/** Values that come and go under deadlines. */
const mostlyDeadlines = {
  string: 2,
  set: 1,
  key: 2,
  ttl: 2,
  flush: 0.1,
  hll: 8,
  bits: 1,
  list: 0,
  stream: 0,
  counter: 0,
  hash: 0,
  zset: 0,
  geo: 0,
  store: 0,
  sort: 0,
};

/** In these a deadline passed on a key without value, while a write that had not seen it was on its way. */
for (const seed of [1772, 2170, 10477, fresh]) {
  test(`deadlines, seed ${seed}`, () => {
    const result = runSeed(seed, STEPS, { weights: mostlyDeadlines });
    expect(failureReport(result, `seed ${seed} of seeds.test.ts, with its weights`)).toBe("");
  }, 30000);
}

test(`fresh seed ${fresh}`, () => {
  process.stdout.write(`simulator: fresh seed ${fresh}\n`);
  check(fresh);
}, 30000);

test("one seed is one run", () => {
  const [one, other] = [runSeed(7, 100), runSeed(7, 100)];
  expect(other.steps).toEqual(one.steps);
}, 30000);
