/** Series that were measured at times of their own stand over one axis. */
import type { LagSeries } from "@meridian/agent/api";
import { expect, test } from "vitest";
import { lagColumns, latestOf, worstOf } from "./lag-data.js";

function series(from: string, points: [number, number | null][]): LagSeries {
  return {
    from,
    to: "x",
    stepMs: 1_000,
    points: points.map(([atMs, p50Ms]) => ({ atMs, p50Ms, p99Ms: null, lagMs: 0 })),
  };
}

const US = series("us", [
  [10_020, 5],
  [11_010, 9],
  [12_000, null],
]);
const EU = series("eu", [[11_300, 7]]);

test("what was not measured is a gap", () => {
  expect(lagColumns([US, EU], "p50Ms")).toEqual([
    [10, 11, 12],
    [5, 9, null],
    [null, 7, null],
  ]);
  expect(lagColumns([], "p50Ms")).toEqual([[]]);
});

test("the latest and the worst that are known", () => {
  expect([latestOf(US, "p50Ms"), worstOf(US, "p50Ms")]).toEqual([9, 9]);
  expect([latestOf(US, "p99Ms"), worstOf(US, "p99Ms")]).toEqual([null, null]);
});
