/**
 * Clearing a list where the logs tell what the author had not seen (log/unseen.ts): the elements that those operations made or
 * wrote are looked up by their places, and of all else nothing is left.
 */
import { callInPieces, host } from "../host.js";
import type { Author } from "../log/operation.js";
import { unseenLimits, unseenOf, type Unseen } from "../log/unseen.js";
import { unlinkParts } from "../state/key-state.js";
import type { Partition } from "../state/partition.js";
import { compareBytes, lowerBound, placeOf, recordAt } from "../state/sequence.js";
import { clearRegisters, covers, winner } from "../types/cell.js";
import { createdAt, creatorOf, decodeElement, encodeElement } from "../types/list-element.js";
import { insertedPlace, type Side } from "../types/list-place.js";
import { dropList, fillValue, pushedRows, removeSeen, type List } from "./list-elements.js";

/** Removes everything that the author saw; true where there was any. */
export function clearElements(list: List, author: Author): boolean {
  const places = namedPlaces(list, author);
  if (places === undefined) return removeSeen(list, author);
  const records: string[] = [];
  const values: string[] = [];
  for (const place of places) addLeft(list, place, author, records, values);
  if (records.length === list.size) return removeSeen(list, author);
  const { state, side } = list;
  if (records.length === 0) {
    dropList(list);
    return true;
  }
  callInPieces("RPUSH", unlinkParts(list.partition, state, "l", side), values);
  callInPieces("RPUSH", side, records);
  list.size = records.length;
  return true;
}

/** The places of elements that have a register which the author had not seen, and maybe others, in their order. */
function namedPlaces({ partition, state, size }: List, author: Author): string[] | undefined {
  const unseen = unseenOf(partition, state.key, author, size);
  if (unseen === undefined) return undefined;
  const isNamed: Record<string, true | undefined> = {};
  const named: string[] = [];
  for (const one of unseen) {
    for (const place of placesOf(partition, one)) {
      if (isNamed[place] === true) continue;
      isNamed[place] = true;
      named.push(place);
    }
    if (named.length * unseenLimits.partsPerPlace > size) return undefined;
  }
  return named.sort((a, b) => compareBytes(a, b));
}

/** The places that an operation makes or writes to. */
function placesOf(partition: Partition, { operation, stamp, origin }: Unseen): string[] {
  const [code, , second, third, fourth] = operation;
  const author: Author = { stamp, origin, context: undefined };
  if (code === "L") return pushedRows(partition, second as Side, third as number, fourth as string[], author)[0];
  if (code === "N") return [insertedPlace(second as string, stamp, partition.tags[origin]!, third as number)];
  if (code === "W") return [second as string];
  return code === "P" && second === "l" ? pushedRows(partition, "w", 0, third as string[], author)[0] : [];
}

/** Adds record and value of the element at the place, where something of it is left. */
function addLeft(list: List, place: string, author: Author, records: string[], values: string[]): void {
  const { partition, side, native, size } = list;
  const at = lowerBound(side, size, place);
  const record = at < size ? recordAt(side, at) : "";
  if (record === "" || placeOf(record) !== place) return;
  const creator = creatorOf(record);
  const cell = decodeElement(record);
  const isSeen =
    creator === undefined ? clearRegisters(cell, author.context) : covers(author.context, createdAt(record), creator);
  if (!isSeen) {
    records.push(record);
    values.push(host.call("LINDEX", native, at) as string);
  } else if (creator === undefined && cell.registers.length > 0) {
    fillValue(native, at, cell);
    const best = winner(partition, cell)!;
    records.push(encodeElement(place, cell, best));
    values.push(best.value!);
  }
}
