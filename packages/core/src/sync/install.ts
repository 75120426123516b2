/**
 * Putting states in the place of ours, for a range of buckets: the keys as the exporter has them, then our own entries that
 * they don't include, made upon them. Nobody sees anything in between, for it is one call.
 *
 * Deadlines that have passed are put off until all is done, as within an entry of several operations.
 */
import { callInPieces, host, type Packed } from "../host.js";
import { dropBucket } from "../effects/flush.js";
import { keyOfMark } from "../effects/stream-marks.js";
import { libraryChanges } from "../scripts/library-effect.js";
import { bucketAt, bucketIndexOf } from "../state/bucket-names.js";
import { eachKeyOf } from "../state/buckets.js";
import type { AggregateCode } from "../state/codec.js";
import { dropConflict } from "../state/conflicts.js";
import { dropPassed, loadFrom, nativeDeadline } from "../state/key-state.js";
import { NOT_COUNTED } from "../state/key-count.js";
import { conflictKeysKey, destroyedKey, librariesKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import { carriers } from "./carriers.js";
import { giveBack, keepGroups, type KeptStream } from "./kept-groups.js";
import { mapKey, mapTriples, originMap, type OriginMap } from "./origin-map.js";
import { applyOwnEntries, type OwnEntries } from "./own-entries.js";
import { placePages } from "./page-intake.js";
import type { Item, Piece } from "./piece.js";
import type { StreamParts } from "./stream-carrier.js";

export function install(partition: Partition, piece: Piece, own: OwnEntries[]): void {
  const { from, to } = piece;
  const map = originMap(partition, piece.origins);
  partition.putOff = [];
  const kept = clear(partition, from, to);
  const keptOf: Record<string, true | undefined> = {};
  for (const { key } of kept) keptOf[key] = true;
  const streams: Record<string, StreamParts | undefined> = {};
  const texts: string[] = [];
  for (let at = 0; at < piece.buckets.length; at += 2) {
    const bucket = bucketAt(partition, piece.buckets[at] as number);
    const metadata: string[] = [];
    for (const item of piece.buckets[at + 1] as Item[]) {
      const stored = mapKey(map, item[1]);
      metadata.push(item[0], stored);
      putKey(map, bucket, stored, item, texts);
      if (keptOf[item[0]] === true) streams[item[0]] = streamParts(item);
    }
    if (metadata.length > 0) callInPieces("HSET", bucket, metadata);
  }
  for (let at = 0; at < texts.length; at += PAIRS) host.call("MSET", ...texts.slice(at, at + PAIRS));
  putMarks(map, piece.marks);
  if (piece.libraries !== false) putLibraries(partition, piece.libraries);
  partition.peekedKey = undefined;
  partition.opened = undefined;
  applyOwnEntries(partition, own, piece.contexts, from, to);
  for (const stream of kept) giveBack(partition, stream, streams[stream.key]);
  dropPassed(partition);
  partition.keys = NOT_COUNTED;
}

/** Even; what fits Lua's argument stack. */
const PAIRS = 4000;

function streamParts(item: Item): StreamParts | undefined {
  const parts = item[4];
  for (let at = 0; at < parts.length; at += 2) if (parts[at] === "x") return parts[at + 1] as unknown as StreamParts;
  return undefined;
}

/** Takes all that is here away; what groups of streams know is kept. */
function clear(partition: Partition, from: number, to: number): KeptStream[] {
  const kept: KeptStream[] = [];
  for (let index = from; index < to; index++) {
    const bucket = bucketAt(partition, index);
    let count = 0;
    eachKeyOf(bucket, (key, stored) => {
      count++;
      const form = stored.substring(0, 1);
      const stream = form === "x" || form === "K" ? keepGroups(partition, key, bucket, stored) : undefined;
      if (stream !== undefined) kept.push(stream);
      dropConflict(partition, key);
    });
    if (count > 0) dropBucket(partition, bucket);
  }
  const marks = destroyedKey(partition.root);
  for (const field of host.call("HKEYS", marks) as string[]) {
    const bucket = bucketIndexOf(partition, keyOfMark(field));
    if (bucket >= from && bucket < to) host.call("HDEL", marks, field);
  }
  return kept;
}

/** The values of a key; texts that last for ever are left to be written together. */
function putKey(map: OriginMap, bucket: string, stored: string, item: Item, texts: string[]): void {
  const { partition } = map;
  const [key, , mayHoldLosers, text, parts] = item;
  if (mayHoldLosers && host.call("SADD", conflictKeysKey(partition.root), key) === 1) partition.conflictKeys++;
  const form = stored.substring(0, 1);
  if (form === "S" || form === "C") {
    if (text !== false) texts.push(key, text);
    return;
  }
  const state = loadFrom(partition, key, bucket, stored);
  for (let at = 0; at < parts.length; at += 2) {
    if (typeof parts[at + 1] === "number") placePages(partition, state, parts[at] as AggregateCode);
    else carriers[parts[at] as AggregateCode].put(map, state, parts[at + 1]!);
  }
  const deadline = state.nativeDeadline;
  if (text !== false) {
    if (deadline > 0) host.call("SET", key, text, "PXAT", nativeDeadline(partition, key, deadline));
    else texts.push(key, text);
  } else if (deadline > 0) {
    host.call("PEXPIREAT", key, nativeDeadline(partition, key, deadline));
  }
}

function putMarks(map: OriginMap, marks: Packed[]): void {
  const key = destroyedKey(map.partition.root);
  for (let at = 0; at < marks.length; at += 2) {
    const flat = host.unpackOwn(marks[at + 1] as string) as Packed[];
    host.call("HSET", key, marks[at] as string, host.pack(mapTriples(map, flat, 0)));
  }
}

function putLibraries(partition: Partition, flat: Packed[]): void {
  const key = librariesKey(partition.root);
  host.call("UNLINK", key);
  for (let at = 0; at < flat.length; at += 2) host.call("HSET", key, flat[at] as string, flat[at + 1] as string);
  libraryChanges.count++;
}
