/** Lateness by loss. */
import { expect, test } from "vitest";
import { lossDelayMs } from "./loss.js";

const LINE = { roundTripMs: 100 };

test("nothing is late where nothing is lost", () => {
  expect(lossDelayMs(1_000_000, { ...LINE, lossPercent: 0, random: () => 0 })).toBe(0);
  expect(lossDelayMs(10, { ...LINE, lossPercent: 10, random: () => 0.5 })).toBe(0);
});

test("what is lost costs a round trip, and twice as long each time that it is lost again", () => {
  const draws = [0.05, 0.05, 0.5];
  expect(lossDelayMs(10, { ...LINE, lossPercent: 10, random: () => draws.shift() ?? 1 })).toBe(300);
  expect(lossDelayMs(10, { ...LINE, lossPercent: 50, random: () => 0 })).toBe(3_100);
  expect(
    lossDelayMs(10, { roundTripMs: 1, lossPercent: 50, random: () => (draws.push(1), draws.length === 1 ? 0 : 1) }),
  ).toBe(40);
});

test("of many packets together one is more likely lost", () => {
  const random = (): number => 0.3;
  expect(lossDelayMs(1_000, { ...LINE, lossPercent: 5, random })).toBe(0);
  expect(lossDelayMs(100_000, { ...LINE, lossPercent: 5, random })).toBe(100);
});
