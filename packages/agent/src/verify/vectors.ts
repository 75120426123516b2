/** Vectors in JSON: for each origin the last stamp applied. */
import type { StampVector } from "./documents.js";

/** True where all that `other` has is in `vector`. */
export function covers(vector: StampVector, other: StampVector): boolean {
  return Object.entries(other).every(([origin, stamp]) => (vector[origin] ?? 0) >= stamp);
}
