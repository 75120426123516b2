/**
 * Version vectors outside the server: for each origin the last stamp, contiguous. A missing origin stands at 0; one that is
 * folded away is missing, too, and stands at WHOLE: the latest of its region that is folded says so for all before it.
 */
export type Vector = ReadonlyMap<string, number>;

/** All of the origin, and of every earlier one of its region (core, state/whole.ts). */
export const WHOLE = Number.MAX_SAFE_INTEGER;

export function stampIn(vector: Vector, origin: string): number {
  const stamp = vector.get(origin);
  if (stamp !== undefined) return stamp;
  for (const [latest, known] of vector) if (known === WHOLE && isFoldedBy(latest, origin)) return WHOLE;
  return 0;
}

/** Whether `latest`, folded, stands for the origin too. */
export function isFoldedBy(latest: string, origin: string): boolean {
  return origin <= latest && regionOfOrigin(origin) === regionOfOrigin(latest);
}

/** True where some origin stands lower in `now` than it stood in `before`. */
export function isLowered(before: Vector, now: Vector): boolean {
  for (const [origin, stamp] of before) if (stampIn(now, origin) < stamp) return true;
  return false;
}

/** For each origin the higher stamp of the two. */
export function highest(one: Vector, other: Vector): Vector {
  const all = new Map(one);
  for (const [origin, stamp] of other) all.set(origin, Math.max(stamp, stampIn(all, origin)));
  return all;
}

/** True where each stamp of `part` is reached in `whole`. */
export function covers(whole: Vector, part: Vector): boolean {
  for (const [origin, stamp] of part) if (stampIn(whole, origin) < stamp) return false;
  return true;
}

/** The region of an origin `<region>~<incarnation>`. */
export function regionOfOrigin(origin: string): string {
  const at = origin.indexOf("~");
  return at < 0 ? origin : origin.slice(0, at);
}
