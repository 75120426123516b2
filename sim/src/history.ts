/**
 * Every log entry ever made in a run, decoded independently of the core, with what its maker had seen.
 *
 * Contexts: an entry's dependencies name what its maker's vector gained since the origin's entry before; adding them
 * up along the origin's chain gives the whole vector.
 */
import { unpack } from "@meridian/testkit";
import { Failure } from "./failure.js";
import { bucketOf, isFoldedBy, regionOf, WHOLE } from "./names.js";

export type Operation = unknown[];
export type Vector = ReadonlyMap<string, number>;

export interface Entry {
  origin: string;
  stamp: number;
  payload: string;
  previous: number;
  /** What its maker had seen of other origins. */
  context: Vector;
  operations: Operation[];
  /** What single operations saw beyond that: of their key, or (a flush) of the keys in buckets `from` to `to`. */
  seen: Seen[];
  /** What it waits for beside its context. */
  awaited: Vector;
}

export interface Seen {
  /** The operation's place. */
  at: number;
  from: number;
  to: number;
  vector: Vector;
}

/** One operation with its place in its entry. */
export interface Event {
  entry: Entry;
  at: number;
  operation: Operation;
}

export class History {
  readonly entries = new Map<string, Entry>();
  /** What the origins that were folded away ended with. */
  readonly ends = new Map<string, number>();
  private readonly newest = new Map<string, Entry>();
  private readonly regions: string[];

  constructor(regions: string[]) {
    this.regions = regions;
  }

  has(origin: string, stamp: number): boolean {
    return this.entries.has(`${origin} ${stamp}`);
  }

  /** Takes up an entry of an origin's log; in the order it was made. */
  add(origin: string, stamp: number, payload: string): Entry {
    const decoded = unpack(payload);
    if (!Array.isArray(decoded) || decoded.length !== 3)
      throw new Failure("log", `unreadable entry ${origin} ${stamp}`);
    const [previous, dependencies, operations] = decoded as [number, (string | number)[], Operation[]];
    const before = this.newest.get(origin);
    if ((before?.stamp ?? 0) !== previous) {
      throw new Failure("log", `${origin} ${stamp} names ${previous} as the entry before, not ${before?.stamp ?? 0}`);
    }
    if (stamp <= previous) throw new Failure("log", `${origin}: stamp ${stamp} is not after ${previous}`);
    const context = new Map(before?.context ?? []);
    for (const [seen, until] of this.whole(dependencies)) {
      if (seen === origin) throw new Failure("log", `${origin} ${stamp} depends on itself`);
      // A backup may hold what its server lost in a crash soon after: beyond what the origin was folded with, that is lost.
      if ((context.get(seen) ?? 0) > until && this.ends.get(seen) !== until)
        throw new Failure("log", `${origin} ${stamp} forgets ${seen}`);
      context.set(seen, until);
    }
    const entry: Entry = {
      origin,
      stamp,
      payload,
      previous,
      context,
      ...undeclared(operations, (flat) => this.whole(flat)),
    };
    this.entries.set(`${origin} ${stamp}`, entry);
    this.newest.set(origin, entry);
    return entry;
  }

  /** [origin stamp ...] with all that an entry of it stands for. */
  whole(flat: readonly unknown[]): Map<string, number> {
    const vector = new Map<string, number>();
    for (let at = 0; at < flat.length; at += 2) {
      const [origin, stamp] = [String(flat[at]), Number(flat[at + 1])];
      if (stamp !== WHOLE) vector.set(origin, stamp);
      else for (const [ended, end] of this.ends) if (isFoldedBy(origin, ended)) vector.set(ended, end);
    }
    return vector;
  }

  /** The entries that a region with this vector has applied. */
  covered(vector: Vector): Entry[] {
    return [...this.entries.values()].filter(({ origin, stamp }) => stamp <= (vector.get(origin) ?? 0));
  }

  /** The total order of dots: stamp, then the region listed first, then the later incarnation. */
  compare(left: { stamp: number; origin: string }, right: { stamp: number; origin: string }): number {
    const rank = (origin: string): number => this.regions.indexOf(regionOf(origin));
    return (
      left.stamp - right.stamp ||
      rank(right.origin) - rank(left.origin) ||
      (left.origin < right.origin ? -1 : Number(left.origin > right.origin))
    );
  }
}

const ALL_BUCKETS = 65536;

/** Operations without what their entry declares of them (core, sync/declared.ts). */
function undeclared(
  declared: Operation[],
  whole: (flat: unknown[]) => Map<string, number>,
): { operations: Operation[]; seen: Seen[]; awaited: Vector } {
  const operations: Operation[] = [];
  const seen: Seen[] = [];
  const awaited = new Map<string, number>();
  const wait = (flat: unknown[]): Vector => {
    const vector = whole(flat);
    for (const [origin, stamp] of vector) awaited.set(origin, Math.max(stamp, awaited.get(origin) ?? 0));
    return vector;
  };
  for (const operation of declared) {
    const [code, flat, inner] = operation as [string, unknown[], Operation];
    if (code === "w") wait(flat);
    if (code === "w") continue;
    const at = operations.push(code === "V" ? inner : operation) - 1;
    if (code !== "V") continue;
    if (inner[0] !== "Z") seen.push({ at, from: 0, to: ALL_BUCKETS, vector: wait(flat) });
    else
      for (let next = 0; next < flat.length; next += 3) {
        const [from, to, part] = flat.slice(next) as [number, number, unknown[]];
        seen.push({ at, from, to, vector: wait(part) });
      }
  }
  return { operations, seen, awaited };
}

/** Whether the maker of `later` had seen `earlier` when it made it. */
export function saw(later: Event, earlier: Event): boolean {
  if (later.entry === earlier.entry) return earlier.at < later.at;
  if (later.entry.origin === earlier.entry.origin) return earlier.entry.stamp < later.entry.stamp;
  const { origin, stamp } = earlier.entry;
  if ((later.entry.context.get(origin) ?? 0) >= stamp) return true;
  const declared = later.entry.seen.filter(({ at, vector }) => at === later.at && (vector.get(origin) ?? 0) >= stamp);
  if (declared.length === 0 || later.operation[0] !== "Z") return declared.length > 0;
  const bucket = bucketOf(String(earlier.operation[1]));
  return declared.some(({ from, to }) => from <= bucket && bucket < to);
}
