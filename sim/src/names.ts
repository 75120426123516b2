/** Names in a region's keyspace, and what a stamp is: stated here once more, for the checks don't trust the core. */
export const ROOT = "mer:{0}";
export const LOG_PREFIX = `${ROOT}:log:`;
const EPOCH_MS = 1704067200000;
const SEQUENCES = 4096;

export function isOwnKey(key: string): boolean {
  return key === ROOT || key.startsWith(`${ROOT}:`);
}

export function stampOf([ms, sequence]: readonly [number, number]): number {
  return (ms - EPOCH_MS) * SEQUENCES + sequence;
}

export function regionOf(origin: string): string {
  return origin.slice(0, origin.indexOf("~"));
}
