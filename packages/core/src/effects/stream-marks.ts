/**
 * Marks of destroyed groups: a destroy beats the creations of that group which had not seen it, also those that come later.
 *
 * That is the one thing that a group's end leaves behind (the design's sixth invariant has none for anything else), and
 * it goes: once every other region has said that it saw the destroy, nothing can come that had not. Only what a region that
 * crashed had already sent might, under its former incarnation; so a mark is kept for a while that no message takes.
 *
 * `<root>:gd`: length of the key, the key and the group -> msgpack [stamp origin emptied ...]
 */
import { regionOf } from "../clock/origin.js";
import { stampMs } from "../clock/stamp.js";
import { host, type Packed } from "../host.js";
import type { Author } from "../log/operation.js";
import { destroyedKey } from "../state/names.js";
import { contextOf, type Partition } from "../state/partition.js";
import { covers } from "../types/cell.js";

/** Longer than a message is under way. */
const KEPT_MS = 3600000;

function fieldOf(key: string, group: string): string {
  return host.integerText(key.length) + ":" + key + group;
}

/** The key whose group a field of the hash is about. */
export function keyOfMark(field: string): string {
  const at = field.indexOf(":");
  return field.substring(at + 1, at + 1 + host.toNumber(field.substring(0, at), 10));
}

/** Remembers that the group was destroyed; `emptied`: the stream went with it. */
export function markDestroyed(
  partition: Partition,
  key: string,
  group: string,
  author: Author,
  emptied: boolean,
): void {
  if (partition.deployment.regions.length < 2) return;
  const marks = destroyedKey(partition.root);
  const field = fieldOf(key, group);
  const stored = host.call("HGET", marks, field);
  const flat: Packed[] = typeof stored === "string" ? (host.unpackOwn(stored) as Packed[]) : [];
  const kept: Packed[] = [author.stamp, author.origin, emptied];
  for (let at = 0; at < flat.length; at += 3) {
    // What this one saw and says as well, it says for both.
    const isSaid =
      covers(author.context, flat[at] as number, flat[at + 1] as number) && (emptied || flat[at + 2] === false);
    if (!isSaid) kept.push(flat[at]!, flat[at + 1]!, flat[at + 2]!);
  }
  host.call("HSET", marks, field, host.pack(kept));
}

/** What the author of a creation had not seen: nothing, that the group was destroyed, or that the stream went with it. */
export type Unseen = "nothing" | "destroy" | "emptying";

export function unseenMark(partition: Partition, key: string, group: string, author: Author): Unseen {
  if (author.context === undefined) return "nothing";
  const stored = host.call("HGET", destroyedKey(partition.root), fieldOf(key, group));
  if (typeof stored !== "string") return "nothing";
  const flat = host.unpackOwn(stored) as Packed[];
  let unseen: Unseen = "nothing";
  for (let at = 0; at < flat.length; at += 3) {
    if (covers(author.context, flat[at] as number, flat[at + 1] as number)) continue;
    if (flat[at + 2] === true) return "emptying";
    unseen = "destroy";
  }
  return unseen;
}

/** Drops the marks that every region has seen. */
export function sweepMarks(partition: Partition): void {
  const marks = destroyedKey(partition.root);
  const stored = host.call("HGETALL", marks) as string[];
  if (stored.length === 0) return;
  const newest = newestOrigins(partition);
  for (let at = 0; at < stored.length; at += 2) {
    const flat = host.unpackOwn(stored[at + 1]!) as Packed[];
    const kept: Packed[] = [];
    for (let mark = 0; mark < flat.length; mark += 3) {
      const stamp = flat[mark] as number;
      const origin = flat[mark + 1] as number;
      const isDue = stampMs(stamp) + KEPT_MS <= partition.now && isSeenBy(partition, newest, stamp, origin);
      if (!isDue) kept.push(stamp, origin, flat[mark + 2]!);
    }
    if (kept.length === 0) host.call("HDEL", marks, stored[at]!);
    else if (kept.length < flat.length) host.call("HSET", marks, stored[at]!, host.pack(kept));
  }
}

/** Of every other region the origin that began last, -1 where none is known. */
function newestOrigins(partition: Partition): number[] {
  const newest: number[] = [];
  for (const region of partition.deployment.regions) {
    if (region === partition.deployment.region || partition.deployment.gone[region] === true) continue;
    let best = -1;
    for (let index = 1; index < partition.origins.length; index++) {
      if (regionOf(partition.origins[index]!) !== region) continue;
      if (best < 0 || partition.priority[index]! > partition.priority[best]!) best = index;
    }
    newest.push(best);
  }
  return newest;
}

function isSeenBy(partition: Partition, newest: number[], stamp: number, origin: number): boolean {
  for (const index of newest) {
    if (index < 0) return false;
    if (index !== origin && !covers(contextOf(partition, index), stamp, origin)) return false;
  }
  return true;
}
