/** The breaker: when it opens, for how long, and what closes it. */
import { expect, test } from "vitest";
import { regionLimits } from "../limits.js";
import { Breaker } from "./breaker.js";

const LIMITS = { ...regionLimits, failuresToOpen: 2, openMsMin: 100, openMsMax: 300, stableMs: 1000 };

function closed(): Breaker {
  const breaker = new Breaker(LIMITS);
  expect([breaker.state, breaker.succeeded("probe", 0), breaker.state]).toEqual(["open", true, "closed"]);
  return breaker;
}

test("it opens after failures in a row, of probes or of operations", () => {
  const breaker = closed();
  expect(breaker.failed("probe", "one", 1)).toBe(false);
  expect(breaker.failed("operation", "one", 1)).toBe(false);
  breaker.succeeded("probe", 2);
  expect(breaker.failed("probe", "one again", 3)).toBe(false);
  expect(breaker.failed("operation", "two", 4)).toBe(true);
  expect([breaker.state, breaker.reason, breaker.hasFailed]).toEqual(["open", "two", true]);
  expect(closed().failed("probe", "another region", 1, true)).toBe(true);
});

test("it closes by a probe, not before its time, which doubles up to a bound and begins anew after a calm while", () => {
  const breaker = closed();
  let nowMs = 0;
  const openFor = (): number => {
    breaker.failed("probe", "sure", nowMs, true);
    const sinceMs = nowMs;
    expect(breaker.succeeded("operation", nowMs + 10_000)).toBe(false);
    while (!breaker.succeeded("probe", nowMs)) nowMs++;
    return nowMs - sinceMs;
  };
  nowMs = LIMITS.stableMs;
  expect([openFor(), openFor(), openFor(), openFor()]).toEqual([100, 200, 300, 300]);
  nowMs += LIMITS.stableMs;
  expect(openFor()).toBe(100);
});
