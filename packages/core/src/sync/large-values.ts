/**
 * Large values, given away in pages, so that no call takes as long as the whole value. What is written to one meanwhile would be
 * in some pages and not in others; so a key that anybody looked at with the intent to write begins anew, and after
 * some times goes whole. Only sets, hashes, sorted sets and lists; streams, texts and HyperLogLogs always go whole.
 *
 * Pages come before the piece with the key's bucket, which is then that bucket alone and says in place of the value how many pages
 * there were. As nothing has changed since the first of them, the piece's vector is right for them too.
 *
 *     page     [format, bucket, number, origins, key, type, parts]      sealed as a piece is
 *
 * What is under way is remembered by the process alone: another one knows nothing of it, and its export begins with the first page.
 */
import { host } from "../host.js";
import { eachKeyOf } from "../state/buckets.js";
import { AGGREGATES, type AggregateCode } from "../state/codec.js";
import { loadFrom, type KeyState } from "../state/key-state.js";
import { bucketAt } from "../state/bucket-names.js";
import { sideKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import { carriers } from "./carriers.js";
import { pageText } from "./piece.js";

/** Parts of a value that goes in pages, and of a page. After so many attempts a key goes whole. */
export const largeLimits = { parts: 5000, page: 2000, attempts: 3 };

const FIRST = "0";

/** One value of the bucket in hand. */
interface LargeValue {
  readonly key: string;
  readonly code: AggregateCode;
}

/** What is given to one region in pages. */
export interface LargeExport {
  readonly bucket: number;
  /** The next page. */
  number: number;
  values: LargeValue[];
  /** The value in hand, and where in it. */
  at: number;
  cursor: string;
  attempt: number;
  /** The keys, until somebody may have written to one. */
  keys: Record<string, true | undefined>;
  isTouched: boolean;
}

/** Large values of a bucket. */
export function largeValuesIn(partition: Partition, index: number): LargeValue[] {
  const bucket = bucketAt(partition, index);
  const found: LargeValue[] = [];
  eachKeyOf(bucket, (key, stored) => {
    const form = stored.substring(0, 1);
    if (form === "S" || form === "C") return;
    const state = loadFrom(partition, key, bucket, stored);
    for (const code of AGGREGATES) {
      if (state.alive[code] === true && isLarge(partition, state, code)) found.push({ key, code });
    }
  });
  return found;
}

/** Whether the value goes in pages. */
export function isLarge(partition: Partition, state: KeyState, code: AggregateCode): boolean {
  if (carriers[code].pages === undefined) return false;
  const size = host.call(code === "l" ? "LLEN" : "HLEN", sideKey(partition.root, code, state.key)) as number;
  return size > largeLimits.parts;
}

function keysOf(values: LargeValue[]): Record<string, true | undefined> {
  const keys: Record<string, true | undefined> = {};
  for (const { key } of values) keys[key] = true;
  return keys;
}

export function beginLarge(partition: Partition, region: string, bucket: number, values: LargeValue[]): LargeExport {
  const large: LargeExport = {
    bucket,
    number: 0,
    values,
    at: 0,
    cursor: FIRST,
    attempt: 1,
    keys: keysOf(values),
    isTouched: false,
  };
  partition.largeExports ??= {};
  partition.largeExports[region] = large;
  return large;
}

/** What the region was given last says where it goes on; undefined where this process knows nothing of it. */
export function largeAt(partition: Partition, region: string, bucket: number, number: number): LargeExport | undefined {
  const large = partition.largeExports?.[region];
  return large !== undefined && large.bucket === bucket && large.number === number ? large : undefined;
}

export function endLarge(partition: Partition, region: string): void {
  if (partition.largeExports !== undefined) partition.largeExports[region] = undefined;
}

/**
 * The next page, of a value that is there, for nobody has touched it since it was found; undefined where all were given and are right. A value
 * that was touched begins anew, as long as it may.
 */
export function nextPage(partition: Partition, large: LargeExport): string | undefined {
  if (large.isTouched) {
    if (large.attempt >= largeLimits.attempts) return undefined;
    large.attempt++;
    large.values = largeValuesIn(partition, large.bucket); // some may be gone, or new
    large.keys = keysOf(large.values);
    large.number = 0;
    large.at = 0;
    large.cursor = FIRST;
    large.isTouched = false;
  }
  const value = large.values[large.at];
  if (value === undefined) return undefined;
  const { key, code } = value;
  const bucket = bucketAt(partition, large.bucket);
  const stored = host.call("HGET", bucket, key) as string | false;
  const state = loadFrom(partition, key, bucket, stored);
  const [next, parts] = carriers[code].pages!.take(partition, state, large.cursor, largeLimits.page);
  const text = pageText({
    bucket: large.bucket,
    number: large.number,
    origins: partition.origins.slice(1),
    key,
    code,
    parts,
  });
  large.number++;
  large.cursor = next;
  if (next === FIRST) large.at++;
  return text;
}

/** Where the value went in pages. */
export function isPaged(large: LargeExport | undefined, key: string, code: AggregateCode): boolean {
  if (large === undefined || large.isTouched) return false;
  for (const value of large.values) if (value.key === key && value.code === code) return true;
  return false;
}
