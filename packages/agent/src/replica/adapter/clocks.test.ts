/** The server's clock between two looks; and the alarm about clocks that are apart for sure. */
import { expect, test } from "vitest";
import type { Alarm } from "../alarms.js";
import { ClockAlarm } from "./clock-alarm.js";
import { adapterLimits } from "./limits.js";
import { ServerClock } from "./server-clock.js";

test("the server's clock goes on between looks, and a slow look does not spoil it", () => {
  const clock = new ServerClock();
  expect(clock.nowMs(5)).toBeUndefined();
  clock.saw(10_000, 100, 102);
  expect(clock.nowMs(151)).toBe(10_050);
  clock.saw(10_900, 200, 1_000);
  expect(clock.nowMs(1_001)).toBe(10_900);
  clock.saw(99_000, 1_100, 1_102);
  expect(clock.nowMs(1_101)).toBe(99_000);
  const later = 1_101 + adapterLimits.clockLookMsMax;
  clock.saw(50_000, later, later + 400);
  expect(clock.nowMs(later + 200)).toBe(50_000);
  const latest = later + 2 * adapterLimits.clockLookMsMax;
  clock.saw(90_000, latest, latest + 2 * adapterLimits.clockLookErrorMsMax + 2);
  expect(clock.nowMs(later + 300)).toBe(50_100);
});

test("an alarm names the peer and how far it is off, not while the doubt is larger, and not again at once", () => {
  const alarms: Alarm[] = [];
  const alarm = new ClockAlarm((raised) => alarms.push(raised));
  const limit = adapterLimits.clockSkewMsMax;
  alarm.look("eu", { ms: limit + 30, errorMs: 40 }, 1_000);
  alarm.look("eu", { ms: -limit, errorMs: 0 }, 1_000);
  expect(alarms).toEqual([]);
  alarm.look("eu", { ms: limit + 50, errorMs: 40 }, 2_000);
  alarm.look("eu", { ms: limit + 50, errorMs: 40 }, 3_000);
  alarm.look("ap", { ms: -limit - 50, errorMs: 40 }, 3_000);
  expect(alarms.map(({ code, peer }) => `${code} ${peer}`)).toEqual(["REPLICA_CLOCK_SKEW eu", "REPLICA_CLOCK_SKEW ap"]);
  expect(alarms[0]?.message).toContain(`its clock is ${limit + 50} ms ahead of ours, give or take 40 ms`);
  expect(alarms[1]?.message).toContain(`${limit + 50} ms behind ours`);
});
