/** The numbers that advice rests on, by hand: us-eu 80, us-ap 180, eu-ap 160 ms. */
import { expect, test } from "vitest";
import { factsOf, type Facts } from "./facts.js";
import { someNeeds, type Changes } from "./test-support/some-needs.js";
import { durationText, filled } from "./words.js";

function facts(changes: Changes = {}): Facts {
  const needs = someNeeds("session", changes);
  const [data] = needs.data;
  if (data === undefined) throw new Error("no data");
  return factsOf(needs, data);
}

test("the region in the middle, the longest way, a majority, and one other region", () => {
  expect(facts()).toMatchObject({
    centre: "eu",
    centreMs: 160,
    farthestMs: 180,
    copyMs: 93,
    waitMs: 160,
    centreWaitMs: 80,
    commitMs: 80,
    commitFarthestMs: 260,
  });
  expect(facts({ regionCount: 2 })).toMatchObject({ centre: "us", commitMs: 80, commitFarthestMs: 160, copyMs: 43 });
  expect(facts({ regionCount: 1 })).toMatchObject({ centre: "us", centreMs: 0, commitMs: 0, commitFarthestMs: 0 });
});

test.each([
  [0, "now"],
  [92, "now"],
  [93, "soon"],
  [999, "soon"],
  [1_000, "later"],
  [null, "later"],
] as const)("of reads that may be %s ms old: %s", (stalenessMs, freshness) => {
  expect(facts({ stalenessMs }).freshness).toBe(freshness);
});

test("what was measured counts where it is longer than the way", () => {
  expect(facts({ copyDelayMs: 400, stalenessMs: 300 })).toMatchObject({ copyMs: 400, freshness: "now" });
  expect(facts({ copyDelayMs: 20 }).copyMs).toBe(93);
});

test("how far a request may go", () => {
  expect([null, 159, 160].map((latencyMs) => facts({ latencyMs }).reach)).toEqual(["unknown", "far", "near"]);
});

test("texts are filled with them", () => {
  expect(filled("{kind} in {centre}, {centreMs}, {stalenessMs}, {nothing}", facts())).toBe(
    "session in eu, 160 ms, 2 s, {nothing}",
  );
  expect([0, 0.25, 90_000, 120_000, 86_400_000].map(durationText)).toEqual(["0", "0.3 ms", "90 s", "2 min", "1 d"]);
});
