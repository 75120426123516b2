/** Of a limited line a state gets what batches leave, and never holds one up for long; and a share where they leave nothing. */
import { expect, test } from "vitest";
import { LineRest } from "./line-rest.js";
import { TokenBucket } from "./token-bucket.js";

const RATE = 1_250_000; // 10 Mbit
const FOR_MS = 20_000;

interface Outcome {
  /** Of fresh messages, in order of size. */
  readonly waitsMs: number[];
  readonly restBytes: number;
}

/** Fresh messages of so many bytes come in so often, while a state is given away as fast as it may be. */
function share(freshBytes: number, everyMs: number): Outcome {
  const line = new TokenBucket();
  line.limit(RATE, 0);
  const rest = new LineRest(line);
  const waiting: number[] = [];
  const waitsMs: number[] = [];
  let restBytes = 0;
  for (let nowMs = 0; nowMs < FOR_MS; nowMs++) {
    if (nowMs % everyMs === 0) waiting.push(nowMs);
    while (waiting.length > 0 && line.waitMs(nowMs) === 0) {
      waitsMs.push(nowMs - waiting.shift()!);
      line.spend(freshBytes);
    }
    while (rest.waitMs(nowMs) === 0) {
      rest.spend(rest.messageBytes);
      restBytes += rest.messageBytes;
    }
  }
  return { waitsMs: waitsMs.toSorted((a, b) => a - b), restBytes };
}

test("fresh messages leave at once, and the state takes all that they leave", () => {
  const { waitsMs, restBytes } = share(1000, 10);
  expect(waitsMs.at(-1)).toBeLessThanOrEqual(1);
  const left = (FOR_MS / 1000) * (RATE - 100_000);
  expect(restBytes / left).toBeGreaterThan(0.98);
  expect(restBytes / left).toBeLessThan(1.02);
});

test("a state gets a tenth of a line that has no room", () => {
  const { waitsMs, restBytes } = share(20_000, 10);
  expect(restBytes / ((FOR_MS / 1000) * RATE)).toBeCloseTo(0.1, 1);
  expect((waitsMs.length * 20_000) / ((FOR_MS / 1000) * RATE)).toBeCloseTo(0.9, 1);
});

test("what a state took of an idle line is not held against it when there is no room", () => {
  const line = new TokenBucket();
  line.limit(RATE, 0);
  const rest = new LineRest(line);
  for (let nowMs = 0; nowMs < FOR_MS; nowMs++) while (rest.waitMs(nowMs) === 0) rest.spend(rest.messageBytes);
  line.spend(RATE);
  expect(rest.waitMs(FOR_MS)).toBeLessThan(100);
});

test("what was no limit becomes one, and ends", () => {
  const line = new TokenBucket();
  const rest = new LineRest(line);
  rest.spend(1_000_000);
  expect([rest.waitMs(0), rest.messageBytes]).toEqual([0, line.messageBytes]);
  line.limit(RATE, 0);
  expect(rest.waitMs(0)).toBe(0); // its share
  rest.spend(rest.messageBytes);
  expect(rest.waitMs(0)).toBeGreaterThan(0);
  line.limit(undefined, 0);
  expect(rest.waitMs(0)).toBe(0);
});
