/** Version vectors outside the server: for each origin the last stamp, contiguous. A missing origin stands at 0. */
export type Vector = ReadonlyMap<string, number>;

export function stampIn(vector: Vector, origin: string): number {
  return vector.get(origin) ?? 0;
}

/** True where some origin stands lower in `now` than it stood in `before`. */
export function isLowered(before: Vector, now: Vector): boolean {
  for (const [origin, stamp] of before) if (stampIn(now, origin) < stamp) return true;
  return false;
}

/** For each origin the higher stamp of the two. */
export function highest(one: Vector, other: Vector): Vector {
  const all = new Map(one);
  for (const [origin, stamp] of other) all.set(origin, Math.max(stamp, all.get(origin) ?? 0));
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
