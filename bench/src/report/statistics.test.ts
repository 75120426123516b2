/** Medians, quotients by round, and figures as they are printed. */
import { expect, test } from "vitest";
import { figure, quantile, ratios, spreadOf, spreadText } from "./statistics.js";

test("quantiles are linear between neighbours, in any order of the values", () => {
  expect(spreadOf([9, 1, 5])).toEqual({ min: 1, median: 5, max: 9 });
  expect(quantile([4, 1, 2, 3], 0.5)).toBe(2.5);
  expect(quantile([10, 20], 0.99)).toBeCloseTo(19.9);
  expect(quantile([7], 0.99)).toBe(7);
  expect(quantile([], 0.5)).toBeNaN();
});

test("quotients are of the same round; one without a measurable base is left out", () => {
  expect(ratios([10, 20, 30], [20, 0, 10])).toEqual([0.5, 3]);
  expect(ratios([1, 2], [1])).toEqual([1]);
});

test("one round is one figure, several are a median with their extremes, also below zero", () => {
  expect(spreadText([1234.5])).toBe("1,235");
  expect(spreadText([2, 1, 3], 1)).toBe("2.0 (1.0..3.0)");
  expect(spreadText([-0.1, 0.2], 2)).toBe("0.05 (-0.10..0.20)");
  expect(spreadText([])).toBe("-");
  expect(figure(1_234_567)).toBe("1,234,567");
});
