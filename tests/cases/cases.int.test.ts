/**
 * The worked cases on three real regions: a local start, its gateways, its links cut and mended. Those that need a clock
 * of their own are left to the model (cases.test.ts).
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { isBuilt, start, stopAll } from "../local-start.js";
import { needsOwnClock, readCases, runsAlone } from "./case.js";
import { clashCases } from "./clash-cases.js";
import { play, type Outcome } from "./play.js";
import { RealRegions } from "./real-regions.js";
import { caseOf, readRows } from "./semantics-table.js";

const cases = [...readCases(), ...clashCases(), ...readRows().map(caseOf)].filter((worked) => !needsOwnClock(worked));
const outcomes = new Map<string, Outcome>();

beforeAll(async () => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
  const regions = await RealRegions.of(await start({ args: ["--rtt", "0"] }));
  const alone = cases.filter(runsAlone).map((worked) => [worked]);
  for (const together of [cases.filter((worked) => !runsAlone(worked)), ...alone]) {
    for (const [id, outcome] of await play(regions, together)) outcomes.set(id, outcome);
  }
}, 120_000);
afterAll(stopAll);

test.each(cases)("$id: $rule", ({ id }) => {
  const outcome = outcomes.get(id);
  expect(outcome, "it was not played").toBeDefined();
  expect(outcome?.problems, `\n${outcome?.lines.join("\n")}\n`).toEqual([]);
});
