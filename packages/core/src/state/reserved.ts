/**
 * Meridian's own keys: the root, and what begins with it and a colon. Nobody's operation may name one. Where each hash slot is a
 * partition, all that begins as every root does is reserved, so that no partition's key is taken for another one's own; but for the
 * wishes of bounded counters, which are data.
 */

/** In place of a root: those of all slots. */
export const ALL_ROOTS = "mer:{";

/** `root`: or ALL_ROOTS. */
export function isReserved(root: string, key: string): boolean {
  if (key.charCodeAt(0) !== root.charCodeAt(0)) return false;
  if (root === ALL_ROOTS) return key.substring(0, root.length) === root && !endsAsWishes(key);
  return key === root || key.substring(0, root.length + 1) === root + ":";
}

/** Of the regions, in the partition of this root (commands/bounded-wishes.ts); or of any partition. */
export function wishesKey(root: string): string {
  return root + WISHES;
}

const WISHES = ".wishes";

/** The root whose wishes the key holds, where slots are partitions. */
export function rootOfWishes(key: string): string | undefined {
  if (key.charCodeAt(0) !== ALL_ROOTS.charCodeAt(0) || !endsAsWishes(key)) return undefined;
  return key.substring(0, key.length - WISHES.length);
}

function endsAsWishes(key: string): boolean {
  return key.length > WISHES.length && key.substring(key.length - WISHES.length) === WISHES;
}
