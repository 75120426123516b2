/** Vectors, compared. */
import type { Vector } from "./history.js";

export function isWithin(part: Vector, whole: Vector): boolean {
  return [...part].every(([origin, stamp]) => stamp <= (whole.get(origin) ?? 0));
}
