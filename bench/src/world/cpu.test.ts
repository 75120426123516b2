/** Reading utime and stime, whatever the command is called; and that time passes in them. */
import { expect, test } from "vitest";
import { CpuMeter, cpuMsOf, ticksIn } from "./cpu.js";

test("the fields are counted from the last parenthesis", () => {
  const fields = "S 1 2 3 4 5 6 7 8 9 10 120 34 0 0 20 0 4 0";
  expect(ticksIn(`42 (redis-server) ${fields}`)).toBe(154);
  expect(ticksIn(`42 (a) b (c d) ${fields}`)).toBe(154);
  expect(() => ticksIn("42 (x) S 1")).toThrow(RangeError);
});

test.runIf(process.platform === "linux")("work shows in it", () => {
  const meter = new CpuMeter({ us: process.pid });
  const before = process.cpuUsage();
  while (process.cpuUsage(before).user < 100_000) Math.sqrt(2);
  expect(meter.usedMs()["us"]).toBeGreaterThanOrEqual(60);
});

test.runIf(process.platform === "linux")("a process that is gone is an error that says so", () => {
  expect(() => cpuMsOf(2 ** 30)).toThrow(expect.objectContaining({ code: "BENCH_NOPROC" }));
});
