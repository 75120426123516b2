/** Regions that logs no longer reach take in state while all write and anything crashes: over seeds, and with rules broken. */
import { testSeed } from "@meridian/testkit";
import { expect, test } from "vitest";
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
