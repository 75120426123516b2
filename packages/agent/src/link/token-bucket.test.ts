/** The limit of bandwidth: over any while the mean is the rate, whatever the size of messages. */
import { expect, test } from "vitest";
import { linkLimits } from "./limits.js";
import { TokenBucket } from "./token-bucket.js";

/** Bytes that get through in the time, by somebody who always has a message. */
function throughput(bucket: TokenBucket, messageBytes: number, forMs: number): number {
  let sent = 0;
  for (let nowMs = 0; nowMs < forMs;) {
    const waitMs = bucket.waitMs(nowMs);
    if (waitMs > 0) {
      nowMs += waitMs;
      continue;
    }
    bucket.spend(messageBytes);
    sent += messageBytes;
  }
  return sent;
}

test.each([
  [125_000, 100],
  [125_000, 256_000],
  [10_000_000, 8_192],
])("%i bytes a second with messages of %i bytes", (rate, messageBytes) => {
  const bucket = new TokenBucket();
  bucket.limit(rate, 0);
  const sent = throughput(bucket, messageBytes, 60_000);
  expect(Math.abs(sent - rate * 60)).toBeLessThanOrEqual(messageBytes + (rate * linkLimits.burstMs) / 1000);
});

test("without a limit nothing waits; an idle while saves up no more than a burst", () => {
  const bucket = new TokenBucket();
  bucket.spend(1_000_000_000);
  expect([bucket.waitMs(0), bucket.messageBytes]).toEqual([0, linkLimits.partBytesMax]);
  bucket.limit(100_000, 0);
  expect(bucket.waitMs(3_600_000)).toBe(0);
  bucket.spend(10_000);
  expect(bucket.waitMs(3_600_000)).toBe(0);
  bucket.spend(1_000);
  expect(bucket.waitMs(3_600_000)).toBe(10);
  bucket.limit(undefined, 3_600_000);
  expect(bucket.waitMs(3_600_000)).toBe(0);
});

test("a slow line gets small messages", () => {
  const bucket = new TokenBucket();
  const sizes = [1_000, 1_000_000, 1_000_000_000].map((rate) => {
    bucket.limit(rate, 0);
    return bucket.messageBytes;
  });
  expect(sizes).toEqual([linkLimits.partBytesMin, 100_000, linkLimits.partBytesMax]);
});
