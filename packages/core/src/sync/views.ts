/**
 * Views: what this region has seen of keys that it took in by state.
 *
 * A range of buckets comes with the vector of the region it came from. Of its keys that much has been seen, and the region's
 * own vector says less, for entries are counted contiguously and for all keys. Until the vector has caught up
 *
 * 1. a remote entry that a key's view covers has no effect on that key;
 * 2. a local operation on the key declares that it saw its view (sync/declared.ts);
 * 3. nobody's removal is taken to have seen everything that is here (log/operation.ts);
 * 4. the next stamp is later than every stamp of a view.
 *
 * While an import runs, no remote entry applies; ranges come in ascending order. What has no bucket, the function
 * libraries, belongs to bucket 0.
 */
import { host, integerOf, type Packed } from "../host.js";
import type { Author } from "../log/operation.js";
import { importKey, viewsKey } from "../state/names.js";
import type { Partition, Vector } from "../state/partition.js";
import { WHOLE } from "../state/whole.js";

/** Buckets `from` to `to` (excluded), and what was seen of their keys. */
export interface Range {
  readonly from: number;
  to: number;
  readonly seen: Vector;
}

/** A running import. */
export interface Import {
  /** The bucket that comes next; all before it are taken in. */
  position: number;
  /** What the region's vector will be at the end, where it is not further. */
  readonly start: Vector;
}

export interface Views {
  running: Import | undefined;
  /** In ascending order, without overlap. */
  ranges: Range[];
  /** All of them together. */
  joined: Vector;
  /** The latest stamp in them. */
  latest: number;
  /** Our log says that what comes in it waits for all of `joined`. */
  isDeclared: boolean;
}

export const POSITION = "position";
export const START = "start";
export const CONTEXTS = "contexts";

export function emptyViews(running: Import | undefined): Views {
  return { running, ranges: [], joined: {}, latest: 0, isDeclared: true };
}

/** As stored; undefined where there is nothing. `vectorFrom` reads a vector. */
export function loadViews(root: string, vectorFrom: (this: void, flat: Packed[]) => Vector): Views | undefined {
  const position = host.call("HGET", importKey(root), POSITION);
  const flat = host.call("HGETALL", viewsKey(root)) as string[];
  if (position === false && flat.length === 0) return undefined;
  const views = emptyViews(undefined);
  if (position !== false) {
    const start = host.call("HGET", importKey(root), START) as string;
    views.running = { position: integerOf(position), start: vectorFrom(host.unpackOwn(start) as Packed[]) };
  }
  for (let at = 0; at < flat.length; at += 2) {
    const [to, seen] = host.unpackOwn(flat[at + 1]!) as Packed[];
    addRange(views, { from: integerOf(flat[at]!), to: to as number, seen: vectorFrom(seen as Packed[]) });
  }
  views.ranges.sort((a, b) => a.from - b.from);
  return views;
}

/** The last of the ranges from now on. */
export function addRange(views: Views, range: Range): void {
  views.ranges.push(range);
  raiseAll(views.joined, range.seen);
  for (const index in range.seen) {
    const stamp = range.seen[host.toNumber(`${index}`, 10)]!;
    if (stamp > views.latest && stamp !== WHOLE) views.latest = stamp;
  }
  views.isDeclared = false;
}

/** What was seen of the keys of a bucket; undefined where no more than the vector says. */
export function viewAt(views: Views, bucket: number): Vector | undefined {
  const { ranges } = views;
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (ranges[middle]!.to <= bucket) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low];
  return range !== undefined && range.from <= bucket ? range.seen : undefined;
}

/** Whether each stamp of `part` is in `whole`. */
export function isWithin(part: Vector, whole: Vector): boolean {
  for (const index in part) {
    const origin = host.toNumber(`${index}`, 10);
    if (part[origin]! > (whole[origin] ?? 0)) return false;
  }
  return true;
}

export function raiseAll(vector: Vector, by: Vector): void {
  for (const index in by) {
    const origin = host.toNumber(`${index}`, 10);
    if (by[origin]! > (vector[origin] ?? 0)) vector[origin] = by[origin]!;
  }
}

/** Who a flush's author is to the keys of a bucket; undefined where the bucket's view covers the flush. */
export function flusherOf(views: Views | undefined, author: Author, bucket: number): Author | undefined {
  if (views !== undefined && author.context !== undefined) {
    const view = viewAt(views, bucket);
    if (view !== undefined && author.stamp <= (view[author.origin] ?? 0)) return undefined;
  }
  if (author.ranges === undefined || author.context === undefined) return author;
  for (const { from, to, seen } of author.ranges) {
    if (from <= bucket && bucket < to) return { stamp: author.stamp, origin: author.origin, context: seen };
  }
  return author;
}

/** Forgets the views that the vector has caught up with: all or none. */
export function dropViews(partition: Partition, views: Views): void {
  if (views.running !== undefined || !isWithin(views.joined, partition.vector)) return;
  host.call("UNLINK", viewsKey(partition.root));
  partition.views = undefined;
}
