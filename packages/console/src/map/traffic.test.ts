/** Dots are in proportion to operations, and take as long as the way. */
import { expect, test } from "vitest";
import { limits } from "../limits.js";
import { dotWorth, Traffic, travelMs } from "./traffic.js";

function lane(id: string, operationsPerSecond: number, delayMs = 40) {
  return { id, operationsPerSecond, delayMs };
}

/** Dots that begin within ten seconds, by lane. */
function begun(lanes: ReturnType<typeof lane>[]): Map<string, number> {
  const traffic = new Traffic();
  traffic.setLanes(lanes);
  const counts = new Map<string, number>();
  for (let nowMs = 0; nowMs <= 10_000; nowMs += 16) {
    for (const dot of traffic.at(nowMs)) {
      if (dot.share === 0) counts.set(dot.lane, (counts.get(dot.lane) ?? 0) + 1);
    }
  }
  return counts;
}

test("twice the operations are twice the dots", () => {
  const counts = begun([lane("a", 4), lane("b", 2), lane("c", 0)]);
  expect([counts.get("a"), counts.get("b"), counts.get("c")]).toEqual([40, 20, undefined]);
});

test("a dot stands for a power of ten, so that there are never too many", () => {
  expect(dotWorth([])).toBe(1);
  expect(dotWorth([lane("a", 9)])).toBe(1);
  expect(dotWorth([lane("a", 5_000), lane("b", 5_000)])).toBe(1_000);
  const dots = [...begun([lane("a", 5_000), lane("b", 5_000)]).values()].reduce((sum, count) => sum + count, 0);
  expect(dots).toBeLessThanOrEqual(limits.dotsPerSecondMax * 10);
});

test("a longer way takes longer, within bounds; a dot arrives and is gone", () => {
  expect(travelMs(80)).toBe(2 * travelMs(40));
  expect(travelMs(0)).toBeGreaterThan(0);
  const traffic = new Traffic();
  traffic.setLanes([lane("a", 1)]);
  for (let nowMs = 0; nowMs < 600; nowMs += 16) traffic.at(nowMs);
  traffic.setLanes([lane("a", 0)]);
  expect(traffic.at(600)).toHaveLength(1);
  expect(traffic.at(1_700)).toEqual([]);
});
