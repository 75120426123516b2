/** The places of elements (types/list-place.ts) that operations on a list make or write to. */
import type { Author } from "../log/operation.js";
import { unseenLimits, unseenOf, type Unseen } from "../log/unseen.js";
import type { Partition } from "../state/partition.js";
import { compareBytes } from "../state/sequence.js";
import { indexText, insertedPlace, pushStem, type Side } from "../types/list-place.js";

/** The places of values pushed in this order, and the values, both in the order in which they stand in the list. */
export function pushedRows(
  partition: Partition,
  side: Side,
  firstIndex: number,
  values: string[],
  { stamp, origin }: { readonly stamp: number; readonly origin: number },
): [string[], string[]] {
  const stem = pushStem(side, stamp, partition.tags[origin]!);
  const places: string[] = [];
  if (side !== "l") {
    for (let at = 0; at < values.length; at++) places.push(stem + indexText(side, firstIndex + at));
    return [places, values];
  }
  const turned: string[] = [];
  for (let at = values.length - 1; at >= 0; at--) {
    places.push(stem + indexText(side, firstIndex + at));
    turned.push(values[at]!);
  }
  return [places, turned];
}

/**
 * The places of all elements of which the author had not seen something, and maybe others, in their order; undefined where a
 * look at each of so many elements is as quick.
 */
export function unseenPlaces(partition: Partition, key: string, author: Author, parts: number): string[] | undefined {
  const unseen = unseenOf(partition, key, author, parts);
  if (unseen === undefined) return undefined;
  const isNamed: Record<string, true | undefined> = {};
  const named: string[] = [];
  for (const one of unseen) {
    for (const place of placesOf(partition, one)) {
      if (isNamed[place] === true) continue;
      isNamed[place] = true;
      named.push(place);
    }
    if (named.length * unseenLimits.partsPerPlace > parts) return undefined;
  }
  return named.sort((a, b) => compareBytes(a, b));
}

function placesOf(partition: Partition, unseen: Unseen): string[] {
  const { operation, stamp, origin } = unseen;
  const [code, , second, third, fourth] = operation;
  if (code === "L") return pushedRows(partition, second as Side, third as number, fourth as string[], unseen)[0];
  if (code === "N") return [insertedPlace(second as string, stamp, partition.tags[origin]!, third as number)];
  if (code === "W") return [second as string];
  return code === "P" && second === "l" ? pushedRows(partition, "w", 0, third as string[], unseen)[0] : [];
}
