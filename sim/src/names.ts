/** Names in a region's keyspace, and what a stamp is: stated here once more, for the checks don't trust the core. */
import { createHash } from "node:crypto";

export const ROOT = "mer:{0}";
export const LOG_PREFIX = `${ROOT}:log:`;
const EPOCH_MS = 1704067200000;
const SEQUENCES = 4096;

/** What a vector says of an origin that is folded away: all of it, and of every earlier one of its region. */
export const WHOLE = Number.MAX_SAFE_INTEGER;

export function isFoldedBy(latest: string, origin: string): boolean {
  return regionOf(latest) === regionOf(origin) && origin <= latest;
}

export function isOwnKey(key: string): boolean {
  return key === ROOT || key.startsWith(`${ROOT}:`);
}

export function stampOf([ms, sequence]: readonly [number, number]): number {
  return (ms - EPOCH_MS) * SEQUENCES + sequence;
}

/** The bucket that the metadata of a key is in. */
export function bucketOf(key: string): number {
  return parseInt(createHash("sha1").update(key, "latin1").digest("hex").slice(0, 4), 16);
}

export function regionOf(origin: string): string {
  return origin.slice(0, origin.indexOf("~"));
}
