/**
 * Late ids: entries that came in below where a group of this region had read already, and that it has yet to deliver.
 *
 * They lie in one sorted set a key, all with the score 0: length and name of the group, then the place of the id. So they
 * stand group by group in the order of their ids. XREADGROUP serves them first.
 */
import { callInPieces, host } from "../host.js";
import { compareBytes } from "../state/sequence.js";
import { lateKey } from "../state/names.js";
import { placeOfId } from "../types/stream-id.js";
import { groupsOf, streamInfo } from "./stream-native.js";

/** After the last place: a place begins with the number of bytes of its first half, 8 at most. */
const AFTER_PLACES = "\x09";

function prefixOf(group: string): string {
  const size = group.length;
  return String.fromCharCode(Math.floor(size / 65536) % 256, Math.floor(size / 256) % 256, size % 256) + group;
}

export function addLate(root: string, key: string, group: string, places: string[]): void {
  if (places.length === 0) return;
  const prefix = prefixOf(group);
  const pairs: string[] = [];
  for (const place of places) pairs.push("0", prefix + place);
  callInPieces("ZADD", lateKey(root, key), pairs);
}

/** True where any group of the key has late ids. */
export function hasLate(root: string, key: string): boolean {
  return host.call("EXISTS", lateKey(root, key)) === 1;
}

/** The first late places of the group, so many at most. */
export function lateOf(root: string, key: string, group: string, count: number): string[] {
  return read(root, key, prefixOf(group), AFTER_PLACES, ["LIMIT", "0", host.integerText(count)]);
}

/** The late places of the group up to that one. */
export function lateUpTo(root: string, key: string, group: string, place: string): string[] {
  return read(root, key, prefixOf(group), place, []);
}

function read(root: string, key: string, prefix: string, last: string, limit: string[]): string[] {
  const members = host.call("ZRANGEBYLEX", lateKey(root, key), "[" + prefix, "[" + prefix + last, ...limit) as string[];
  const places: string[] = [];
  for (const member of members) places.push(member.substring(prefix.length));
  return places;
}

export function dropLate(root: string, key: string, group: string, places: string[]): void {
  if (places.length === 0) return;
  const prefix = prefixOf(group);
  const members: string[] = [];
  for (const place of places) members.push(prefix + place);
  callInPieces("ZREM", lateKey(root, key), members);
}

export function dropAllLate(root: string, key: string, group: string): void {
  const prefix = prefixOf(group);
  host.call("ZREMRANGEBYLEX", lateKey(root, key), "[" + prefix, "[" + prefix + AFTER_PLACES);
}

/** The entries up to that place are gone. */
export function dropLateUpTo(root: string, key: string, native: string, place: string): void {
  for (const { name } of groupsOf(native)) {
    const prefix = prefixOf(name);
    host.call("ZREMRANGEBYLEX", lateKey(root, key), "[" + prefix, "[" + prefix + place);
  }
}

/** New entries came in there: the groups that had read past them have yet to deliver them. */
export function noteLate(root: string, key: string, native: string, places: string[]): void {
  const groups = groupsOf(native);
  if (groups.length === 0) return;
  const last = placeOfId(streamInfo(native).last);
  for (const { name, delivered } of groups) {
    const cursor = placeOfId(delivered);
    // A cursor set beyond the end is a wish to skip what comes.
    if (compareBytes(cursor, last) > 0) continue;
    const passed: string[] = [];
    for (const place of places) if (compareBytes(place, cursor) <= 0) passed.push(place);
    addLate(root, key, name, passed);
  }
}

/** The entries are gone. */
export function dropLateOfAll(root: string, key: string, native: string, places: string[]): void {
  if (places.length === 0 || !hasLate(root, key)) return;
  for (const { name } of groupsOf(native)) dropLate(root, key, name, places);
}
