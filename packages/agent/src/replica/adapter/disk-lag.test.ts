/** How long what was written waits for the disk. */
import { expect, test } from "vitest";
import { DiskLag } from "./disk-lag.js";

const at = (stamp: number): ReadonlyMap<string, number> => new Map([["a~1", stamp]]);

test("what waits for the disk is counted from when it was seen, until it is there", () => {
  const lag = new DiskLag();
  lag.look(at(5), at(5), 0);
  expect(lag.lagMs(1000)).toBe(0);
  lag.look(at(6), at(5), 1000);
  lag.look(at(7), at(5), 2000);
  expect(lag.lagMs(3000)).toBe(2000);
  lag.look(at(8), at(6), 4000);
  expect(lag.lagMs(4000), "what came after it is waited for from now on").toBe(0);
  expect(lag.lagMs(5000)).toBe(1000);
  lag.look(at(8), at(8), 6000);
  expect(lag.lagMs(7000)).toBe(0);
});

test("what a lost server had not written is not waited for", () => {
  const lag = new DiskLag();
  lag.look(at(6), at(5), 0);
  lag.forget();
  expect(lag.lagMs(1000)).toBe(0);
});
