/**
 * Origins that are folded away, in vectors: one entry a region stands for all of them.
 *
 * It is the latest of them with the stamp WHOLE: "all of this origin, and of every earlier one of its region". It travels
 * where any entry of a vector does: as a dependency, in acknowledgements, in the head and the pieces of a state. In memory a
 * vector says WHOLE of each folded origin that is known here, so a dot is compared as ever; what is written or sent is short.
 */
import { regionOf } from "../clock/origin.js";
import type { Partition, Vector } from "./partition.js";

/** Part of the format, and exact as a Lua number and as a double. No log's stamp is ever so late. */
export const WHOLE = 9007199254740991;

/** True where `latest`, folded, stands for the origin too. Incarnations are of one length, and later ones greater. */
export function isFoldedBy(latest: string, origin: string): boolean {
  return origin <= latest && regionOf(origin) === regionOf(latest);
}

/** The indexes under which the vector is written or sent: of the folded origins of a region the latest only. */
export function shortIndexes({ origins }: Partition, vector: Vector): number[] {
  const latest: Record<string, number | undefined> = {};
  for (let index = 1; index < origins.length; index++) {
    if (vector[index] !== WHOLE) continue;
    const region = regionOf(origins[index]!);
    const other = latest[region];
    if (other === undefined || origins[other]! < origins[index]!) latest[region] = index;
  }
  const indexes: number[] = [];
  for (let index = 1; index < origins.length; index++) {
    const stamp = vector[index] ?? 0;
    if (stamp > 0 && (stamp !== WHOLE || latest[regionOf(origins[index]!)] === index)) indexes.push(index);
  }
  return indexes;
}

/** Says WHOLE of all known origins that an entry of the vector stands for. */
export function expand({ origins }: Partition, vector: Vector): void {
  const folded: string[] = [];
  for (let index = 1; index < origins.length; index++) if (vector[index] === WHOLE) folded.push(origins[index]!);
  if (folded.length === 0) return;
  for (let index = 1; index < origins.length; index++) {
    for (const latest of folded) {
      if (vector[index] !== WHOLE && isFoldedBy(latest, origins[index]!)) vector[index] = WHOLE;
    }
  }
}

/** Notes by which indexes the partition's vector is compared: however many origins are folded, they are few. */
export function findLive(partition: Partition): void {
  partition.live = shortIndexes(partition, partition.vector);
}

/** The same vector as one that stands for a newly known origin too. */
export function learnFolded(partition: Partition, vector: Vector, index: number): void {
  const name = partition.origins[index]!;
  for (let other = 1; other < index; other++) {
    if (vector[other] === WHOLE && isFoldedBy(partition.origins[other]!, name)) vector[index] = WHOLE;
  }
}
