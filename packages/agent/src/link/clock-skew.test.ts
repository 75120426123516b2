/** How far apart two clocks are, told from pongs: the quickest answer is believed, and its doubt is known. */
import { expect, test } from "vitest";
import { SkewMeter } from "./clock-skew.js";
import { linkLimits } from "./limits.js";

test("an even way is exact, an uneven one is wrong by half the round trip at most", () => {
  const even = new SkewMeter();
  even.sample(80, 1_000_040 + 300, 1_000_080);
  expect(even.best).toEqual({ ms: 300, errorMs: 40 });
  const uneven = new SkewMeter();
  uneven.sample(80, 1_000_079 - 300, 1_000_080);
  expect(Math.abs((uneven.best?.ms ?? 0) + 300)).toBeLessThanOrEqual(40);
});

test("slow answers don't count beside a quick one, until that is long past", () => {
  const meter = new SkewMeter();
  expect(meter.best).toBeNull();
  meter.sample(2, 1_000, 999);
  for (let at = 1; at < linkLimits.clockSamples; at++) meter.sample(500, 1_000, 1_000);
  expect(meter.best).toEqual({ ms: 2, errorMs: 1 });
  meter.sample(500, 1_000, 1_000);
  expect(meter.best).toEqual({ ms: 250, errorMs: 250 });
});
