/** Bandwidth, as people write it and read it. */
import { expect, test } from "vitest";
import { bandwidthText, parseBandwidth } from "./bandwidth.js";

test.each([
  ["10Mbit", 1_250_000],
  ["1.5 Mbit", 187_500],
  ["8kbit", 1_000],
  ["100gbit", 12_500_000_000],
])("%s", (text, bytesPerSecond) => {
  expect(parseBandwidth(text)).toBe(bytesPerSecond);
  expect(parseBandwidth(bandwidthText(bytesPerSecond))).toBe(bytesPerSecond);
});

test.each(["", "10", "10M", "10MB", "-1Mbit", "7kbit", "0Mbit", "101Gbit", "1e3Mbit", "Mbit", "1Mbit/s"])(
  "'%s' is none",
  (text) => {
    expect(parseBandwidth(text)).toBeUndefined();
  },
);

test("is shown in the unit that is read most easily", () => {
  expect([1_250_000, 187_500, 1_000, 125_000_000, 12_345].map(bandwidthText)).toEqual([
    "10Mbit",
    "1.5Mbit",
    "8kbit",
    "1Gbit",
    "98.76kbit",
  ]);
});
