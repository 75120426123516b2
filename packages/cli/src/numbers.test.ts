/** Percentiles by nearest rank, bounds of flags, and how times are written. */
import { expect, test } from "vitest";
import { msText, numberOf, spreadOf } from "./numbers.js";

test("a spread is of numbers that were measured, by nearest rank", () => {
  expect(spreadOf([])).toBeNull();
  expect(spreadOf([7])).toEqual({ samples: 1, p50: 7, p90: 7, p99: 7, max: 7 });
  const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
  expect(spreadOf(hundred)).toEqual({ samples: 100, p50: 50, p90: 90, p99: 99, max: 100 });
});

test("a flag's number is within its bounds, or named", () => {
  expect(numberOf("--seconds", undefined, 1, 10)).toBeUndefined();
  expect(numberOf("--seconds", "2.5", 1, 10)).toBe(2.5);
  for (const text of ["0", "11", "1e1", "", "-1", "soon"]) {
    expect(() => numberOf("--seconds", text, 1, 10)).toThrow(`--seconds ${text} is no number from 1 to 10`);
  }
});

test("times are as exact as they are short", () => {
  expect([0, 0.44, 9.96, 10.4, 4321, null].map((ms) => msText(ms))).toEqual([
    "0.0 ms",
    "0.4 ms",
    "10.0 ms",
    "10 ms",
    "4321 ms",
    "-",
  ]);
});
