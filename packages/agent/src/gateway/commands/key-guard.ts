/**
 * Does a command name a key of Meridian's own: the root, or what begins with `<root>:`? Asked only when some argument
 * begins with the root at all, and not for writes, whose keys the function looks at itself.
 */
import type { CommandArguments } from "./command-arguments.js";
import type { OwnKeyTest } from "./own-keys.js";
import type { CommandEntry, KeyPlaces } from "@meridian/core";

export function namesOwnKey(places: KeyPlaces, given: CommandArguments, isOwn: OwnKeyTest): boolean {
  for (const index of keyIndexes(places, given)) {
    if (isOwn(given.text(index))) return true;
  }
  return false;
}

export function keyIndexes(places: KeyPlaces, given: CommandArguments): number[] {
  const { count } = given;
  if (places === "none") return [];
  if (places === "any") return range(1, count - 1, 1);
  if (places === "streams") {
    let word = 1;
    while (word < count && given.word(word) !== "streams") word++;
    return range(word + 1, word + Math.ceil((count - word - 1) / 2), 1);
  }
  if ("numkeys" in places) {
    const first = places.numkeys + 1;
    const keys = first <= count ? Number(given.text(places.numkeys)) : 0;
    const found = Number.isSafeInteger(keys) ? range(first, Math.min(first + keys, count) - 1, 1) : [];
    return places.destination === undefined ? found : [places.destination, ...found];
  }
  const last = places.last < 0 ? count + places.last : Math.min(places.last, count - 1);
  return range(places.first, last, places.step);
}

/** Are all keys among the first `done` arguments, however many are still to come? Then the rest may pass unseen. */
function keysAreBefore(places: KeyPlaces, done: number): boolean {
  if (places === "none") return true;
  return typeof places === "object" && "last" in places && places.last >= 0 && places.last < done;
}

/** Has everything been seen that decides what becomes of the command? Keys of writes the function looks at itself. */
export function mayStream({ kind, keys, awaits }: CommandEntry, argumentsDone: number): boolean {
  if (awaits !== undefined) return false;
  if (kind === "write" || kind === "refused") return true;
  return kind !== "checked" && keysAreBefore(keys, argumentsDone);
}

function range(first: number, last: number, step: number): number[] {
  const indexes: number[] = [];
  for (let index = first; index <= last; index += step) indexes.push(index);
  return indexes;
}
