/** Vectors in JSON: for each origin the last stamp applied. */
import { stampIn } from "../replica/vector.js";
import type { StampVector } from "./documents.js";

/** True where all that `other` has is in `vector`. */
export function covers(vector: StampVector, other: StampVector): boolean {
  const whole = new Map(Object.entries(vector));
  return Object.entries(other).every(([origin, stamp]) => stampIn(whole, origin) >= stamp);
}
