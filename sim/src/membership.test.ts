/** Regions are added, removed and forgotten while all write and anything happens: over seeds, and with rules broken. */
import { testSeed } from "@meridian/testkit";
import { expect, test } from "vitest";
import { failureReport, runSeed, type RunOptions } from "./index.js";

const STEPS = 300;
const COUNT = Number(process.env["COUNT"] ?? 8);
const fixed = Array.from({ length: COUNT }, (_, at) => at + Number(process.env["FROM"] ?? 1));
const sum = { added: 0, removed: 0, forgotten: 0 };

const kinds: readonly RunOptions[] = [{}, { stateSync: true }, { hardships: true }, { folds: true }];
const words: Readonly<Record<string, string>> = {
  stateSync: "--state-sync",
  hardships: "--hardships",
  folds: "--folds",
};

for (const [at, seed] of [...fixed, testSeed()].entries()) {
  const options = kinds[at % kinds.length] ?? {};
  const given = ["--membership", ...Object.keys(options).map((option) => words[option])].join(" ");
  test(`${given}, seed ${seed}`, () => {
    const result = runSeed(seed, STEPS, { ...options, membership: true });
    for (const kind of ["added", "removed", "forgotten"] as const) sum[kind] += result.members[kind];
    const command = `npm run simulate -- --seed ${seed} --steps ${STEPS} ${given}`;
    expect(failureReport(result, command)).toBe("");
  }, 60000);
}

/** An origin's own sum passed 64 bits, and one region showed it as it was, the others as the bound. */
test("a sum beyond 64 bits, seed 4057", () => {
  const result = runSeed(4057, STEPS, { folds: true, stateSync: true, membership: true });
  expect(
    failureReport(result, `npm run simulate -- --seed 4057 --steps ${STEPS} --folds --state-sync --membership`),
  ).toBe("");
}, 60000);

test("regions came and went", () => {
  process.stdout.write(`simulator: ${sum.added} added, ${sum.removed} removed, ${sum.forgotten} forgotten\n`);
  for (const count of Object.values(sum)) expect(count).toBeGreaterThan(0);
});

const broken: Record<string, RunOptions & { from: number }> = {
  "a region is gone before the others hold what it wrote": { brokenMembers: "undrained", from: 1 },
  "what comes of a forgotten region is taken": { brokenMembers: "taken from", from: 12 },
};

for (const [name, { from, ...options }] of Object.entries(broken)) {
  test(`${name}: noticed`, () => {
    for (let seed = from; seed < from + 40; seed++) {
      const { failure } = runSeed(seed, STEPS, { ...options, membership: true });
      if (!failure) continue;
      process.stdout.write(`${name}: seed ${seed}: ${failure.property}\n`);
      expect(failure.property).not.toBe("crash");
      return;
    }
    throw new Error("no seed noticed");
  }, 120000);
}
