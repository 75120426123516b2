/**
 * The worked cases where hash slots are the partitions: in a cluster of three nodes, in one of one, and on a server that is none.
 * Function libraries belong to whole servers, and a clock of its own only the model has.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { needsOwnClock, readCases, runsAlone, type WorkedCase } from "./case.js";
import { clashCases } from "./clash-cases.js";
import { ClusterRegions } from "./cluster-regions.js";
import { play, type Outcome } from "./play.js";
import { caseOf, readRows } from "./semantics-table.js";

const cases = [...readCases(), ...clashCases(), ...readRows().map(caseOf)].filter(
  (worked) => !needsOwnClock(worked) && !usesLibraries(worked),
);
const outcomes = new Map<string, Outcome>();
let regions: ClusterRegions | undefined;

function usesLibraries({ steps }: WorkedCase): boolean {
  return steps.some((step) => "run" in step && /^(FUNCTION|FCALL)/.test(step.run));
}

beforeAll(async () => {
  regions = await ClusterRegions.start();
  if (regions === undefined) return console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
  const alone = cases.filter(runsAlone).map((worked) => [worked]);
  for (const together of [cases.filter((worked) => !runsAlone(worked)), ...alone]) {
    regions.forget();
    for (const [id, outcome] of await play(regions, together)) outcomes.set(id, outcome);
  }
}, 120_000);
afterAll(() => regions?.stop());

test.for(cases)("$id: $rule", ({ id }, { skip }) => {
  if (regions === undefined) return skip("no native server on the PATH");
  const outcome = outcomes.get(id);
  expect(outcome, "it was not played").toBeDefined();
  expect(outcome?.problems, `\n${outcome?.lines.join("\n")}\n`).toEqual([]);
});
