/**
 * Giving states away: what another region takes in that logs no longer reach (sync/import.ts).
 *
 *     export head region                          [head, [origin stamp ...]]
 *     export from keys bytes region               [next, piece, [origin stamp ...]]
 *
 * `from` is a bucket, or what `next` was before: behind a page of a large value (sync/large-values.ts) it is `bucket:number`.
 * A piece ends after so many keys or bytes, or after BUCKETS_MAX buckets, but never within one. Keys whose time has passed are
 * removed first, and that is logged, as before a remote entry: their values are gone here, so nothing could be made upon them.
 *
 * Who carries head and pieces must not hand one over before this region holds the vector beside it durably: what
 * it lost in a crash would live on elsewhere under the stamps of entries that nobody has.
 */
import { errors, refuse } from "../errors.js";
import { host, integerOf, type Packed, type Reply } from "../host.js";
import { regionOf } from "../clock/origin.js";
import { expireBucket } from "../log/expiry.js";
import { bucketAt, bucketIndexOf } from "../state/bucket-names.js";
import { eachKeyOf } from "../state/buckets.js";
import { AGGREGATES } from "../state/codec.js";
import { loadFrom } from "../state/key-state.js";
import { conflictKeysKey, destroyedKey, librariesKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import { keyOfMark } from "../effects/stream-marks.js";
import { carriers } from "./carriers.js";
import {
  beginLarge,
  endLarge,
  isLarge,
  isPaged,
  largeAt,
  largeValuesIn,
  nextPage,
  type LargeExport,
} from "./large-values.js";
import { flatVector, headText, pieceText, standing, type Item } from "./piece.js";

/** Of one call, most of them empty. */
const BUCKETS_MAX = 4096;

export function exportStates(partition: Partition, args: string[]): Reply {
  if (partition.views !== undefined) return refuse(errors.importing);
  if (partition.deployment.closed === "left") return refuse(errors.leaving);
  if (partition.adoption !== undefined) return refuse(errors.adopting);
  if (args[1] === "head" && args.length === 3) {
    const stands = standing(partition, () => true);
    return [headText(stands), vectorReply(stands.vector)];
  }
  const [from, page] = placeIn(args[1] ?? "");
  const keysMax = integerOf(args[2] ?? "");
  const bytesMax = integerOf(args[3] ?? "");
  const region = args[4];
  if (!(from >= 0) || !(from < partition.buckets) || !(keysMax > 0) || !(bytesMax > 0) || region === undefined) {
    return refuse(errors.badExport);
  }
  return exportFrom(partition, from, page, keysMax, bytesMax, region);
}

/** The bucket, and the number of the page that is next; 0: none of the bucket's was given. */
function placeIn(text: string): [number, number] {
  const colon = text.indexOf(":");
  if (colon < 0) return [integerOf(text), 0];
  return [integerOf(text.substring(0, colon)), integerOf(text.substring(colon + 1))];
}

/** A page where large values are next, else a piece. */
function exportFrom(
  partition: Partition,
  from: number,
  page: number,
  keysMax: number,
  bytesMax: number,
  region: string,
): Reply {
  let large = page > 0 ? largeAt(partition, region, from, page) : undefined;
  if (large === undefined) {
    const values = largeValuesIn(partition, from);
    if (values.length > 0) large = beginLarge(partition, region, from, values);
  }
  const text = large === undefined ? undefined : nextPage(partition, large);
  if (large !== undefined && text !== undefined) {
    const next = `${host.integerText(from)}:${host.integerText(large.number)}`;
    return [next, text, vectorReply(flatVector(partition, partition.vector, 0))];
  }
  const reply = exportPiece(partition, from, large, keysMax, bytesMax, region);
  endLarge(partition, region);
  return reply;
}

/** `large`: what of the first bucket has gone in pages; it goes alone then. */
function exportPiece(
  partition: Partition,
  from: number,
  large: LargeExport | undefined,
  keysMax: number,
  bytesMax: number,
  region: string,
): Reply {
  const most = large === undefined ? BUCKETS_MAX : 1;
  const { buckets: count } = partition;
  const end = from + most < count ? from + most : count;
  const buckets: Packed[] = [];
  let keys = 0;
  let bytes = 0;
  let to = from;
  for (; to < end && keys < keysMax && bytes < bytesMax; to++) {
    const bucket = bucketAt(partition, to);
    expireBucket(partition, bucket);
    const items: Packed[] = [];
    let hasLarge = false;
    eachKeyOf(bucket, (key, stored) => {
      if (hasLarge) return;
      const item = takeKey(partition, key, bucket, stored, to > from ? "none" : large);
      if (item === undefined) {
        hasLarge = true;
        return;
      }
      bytes += sizeOf(item);
      items.push(item);
    });
    if (hasLarge) break; // its pages come first
    keys += items.length;
    if (items.length > 0) buckets.push(to, items);
  }
  const stands = standing(partition, (origin) => regionOf(origin) === region);
  const marks = marksOf(partition, from, to);
  const libraries = from === 0 ? (host.call("HGETALL", librariesKey(partition.root)) as string[]) : false;
  const piece = pieceText({ ...stands, from, to, buckets, marks, libraries });
  return [host.integerText(to), piece, vectorReply(stands.vector)];
}

function vectorReply(vector: Packed[]): Reply {
  const flat: Reply[] = [];
  for (const part of vector) flat.push(typeof part === "number" ? host.integerText(part) : (part as string));
  return flat;
}

/** `large`: what of the bucket has gone in pages; "none": undefined is the answer where the value is to go in pages. */
function takeKey(
  partition: Partition,
  key: string,
  bucket: string,
  stored: string,
  large: LargeExport | "none" | undefined,
): Item | undefined {
  const mayHoldLosers =
    partition.conflictKeys > 0 && host.call("SISMEMBER", conflictKeysKey(partition.root), key) === 1;
  const form = stored.substring(0, 1);
  if (form === "S" || form === "C") return [key, stored, mayHoldLosers, textOf(key), []];
  const state = loadFrom(partition, key, bucket, stored);
  const parts: Packed[] = [];
  for (const code of AGGREGATES) {
    if (state.alive[code] !== true) continue;
    if (large === "none" && isLarge(partition, state, code)) return undefined;
    if (large !== undefined && large !== "none" && isPaged(large, key, code)) parts.push(code, large.number);
    else parts.push(code, carriers[code].take(partition, state));
  }
  return [key, stored, mayHoldLosers, state.shown === "s" ? textOf(key) : false, parts];
}

function textOf(key: string): string | false {
  const text = host.call("GET", key);
  return typeof text === "string" ? text : false;
}

/** Bytes of all texts in it. */
function sizeOf(item: Packed): number {
  if (typeof item === "string") return item.length;
  if (typeof item !== "object") return 1;
  let sum = 0;
  for (const part of item) sum += typeof part === "string" ? part.length : sizeOf(part);
  return sum;
}

/** What is remembered of groups destroyed, of keys in the buckets. */
function marksOf(partition: Partition, from: number, to: number): Packed[] {
  const marks: Packed[] = [];
  const stored = host.call("HGETALL", destroyedKey(partition.root)) as string[];
  for (let at = 0; at < stored.length; at += 2) {
    const bucket = bucketIndexOf(partition, keyOfMark(stored[at]!));
    if (bucket >= from && bucket < to) marks.push(stored[at]!, stored[at + 1]!);
  }
  return marks;
}
