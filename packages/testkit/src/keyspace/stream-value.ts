/**
 * A stream: its entries in id order, what it remembers of entries that are gone, its consumer groups.
 *
 * Invariants: 1. `entries` and each group's `pending` are sorted by id, each id once. 2. entries and pending entries are
 * never changed in place, so that copies may share them. 3. each pending entry's consumer is one of the group's.
 */
import { errorTexts, refuse } from "./errors.js";
import { millisecondsOf, sequenceMax, streamIdText, type StreamId } from "./stream-id.js";

/** What entries and pending entries are sorted and found by: their id. */
export interface Ordered {
  readonly order: StreamId;
}

export class StreamEntry implements Ordered {
  readonly order: StreamId;
  readonly fields: string[];

  constructor(order: StreamId, fields: string[]) {
    this.order = order;
    this.fields = fields;
  }

  /** Milliseconds and sequence, for readers of logs, whose numbers are far below 2^53. */
  get id(): readonly [number, number] {
    return [Number(millisecondsOf(this.order)), Number(this.order & sequenceMax)];
  }
}

/** A delivery that nobody acknowledged. */
export interface PendingEntry extends Ordered {
  readonly consumer: string;
  readonly deliveredMs: number;
  readonly deliveries: bigint;
}

export interface StreamGroup {
  /** The last id delivered. */
  last: StreamId;
  /** How many of the entries ever added the group has read; -1 = unknown. */
  read: bigint;
  pending: PendingEntry[];
  /** When each consumer was last seen, in Unix ms. */
  consumers: Map<string, number>;
}

export interface StreamValue {
  type: "stream";
  entries: StreamEntry[];
  /** The last id ever added, or set by XSETID. */
  last: StreamId;
  /** The greatest id that XDEL removed. */
  maxDeleted: StreamId;
  /** How many entries were ever added. */
  added: bigint;
  groups: Map<string, StreamGroup>;
}

/** An unknown number of entries read. */
export const unknownRead = -1n;

export function emptyStream(): StreamValue {
  return { type: "stream", entries: [], last: 0n, maxDeleted: 0n, added: 0n, groups: new Map() };
}

export function cloneStream(stream: StreamValue): StreamValue {
  const groups = new Map<string, StreamGroup>();
  for (const [name, group] of stream.groups) {
    groups.set(name, { ...group, pending: [...group.pending], consumers: new Map(group.consumers) });
  }
  return { ...stream, entries: [...stream.entries], groups };
}

/** The index of the first item whose id is `id` or greater. */
export function placeOf(items: readonly Ordered[], id: StreamId): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (items[middle]!.order < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function itemAt<T extends Ordered>(items: readonly T[], id: StreamId): T | undefined {
  const item = items[placeOf(items, id)];
  return item?.order === id ? item : undefined;
}

/** Whether an item of that id was there. */
export function removeItem(items: Ordered[], id: StreamId): boolean {
  const place = placeOf(items, id);
  if (items[place]?.order !== id) return false;
  items.splice(place, 1);
  return true;
}

/** Puts the item in place of the one of its id, or in between. */
export function putItem<T extends Ordered>(items: T[], item: T): void {
  const place = placeOf(items, item.order);
  items.splice(place, items[place]?.order === item.order ? 1 : 0, item);
}

export function firstIdOf(stream: StreamValue): StreamId {
  return stream.entries[0]?.order ?? 0n;
}

export function entryReply({ order, fields }: StreamEntry): [string, string[]] {
  return [streamIdText(order), [...fields]];
}

/** Names in the order in which Redis keeps groups and consumers. */
export function sortedNames(items: ReadonlyMap<string, unknown>): string[] {
  return [...items.keys()].sort();
}

/** Whether an entry between `from` and the end of the stream may have been deleted. */
function hasGaps(stream: StreamValue, from: StreamId): boolean {
  if (stream.entries.length === 0 || stream.maxDeleted === 0n) return false;
  return firstIdOf(stream) <= stream.maxDeleted && from <= stream.maxDeleted;
}

/** A count as Redis keeps it, in 64 bits with a sign. */
export function wrapped(count: bigint): bigint {
  return BigInt.asIntN(64, count);
}

/** How many entries had been added when `id` was, as far as the stream can tell. */
function addedUntil(stream: StreamValue, id: StreamId): bigint {
  if (stream.added === 0n) return 0n;
  const length = BigInt(stream.entries.length);
  if (length === 0n && id <= stream.last) return wrapped(stream.added);
  if (id === stream.last) return wrapped(stream.added);
  if (id > stream.last) return unknownRead;
  const first = firstIdOf(stream);
  if (stream.maxDeleted !== 0n && stream.maxDeleted >= first) return unknownRead;
  if (id < first) return wrapped(stream.added - length);
  return id === first ? wrapped(stream.added - length + 1n) : unknownRead;
}

/** How many entries the group has yet to read; undefined where that can't be told. */
export function lagOf(stream: StreamValue, group: StreamGroup): bigint | undefined {
  if (stream.added === 0n) return 0n;
  if (group.read !== unknownRead && !hasGaps(stream, group.last)) return wrapped(stream.added - group.read);
  const read = addedUntil(stream, group.last);
  return read === unknownRead ? undefined : wrapped(stream.added - read);
}

/** Moves the group's cursor on to an entry that it reads. */
export function advance(stream: StreamValue, group: StreamGroup, id: StreamId): void {
  if (id <= group.last) return;
  if (group.read !== unknownRead && !hasGaps(stream, id)) group.read = wrapped(group.read + 1n);
  else if (stream.added !== 0n) group.read = addedUntil(stream, id);
  group.last = id;
}

/** Notes that the consumer was seen, and creates it where it is new. */
export function see(group: StreamGroup, consumer: string, nowMs: number): void {
  group.consumers.set(consumer, nowMs);
}

/** A name inside an error text: Redis prints it to its first zero byte. */
function printed(name: string): string {
  return name.split("\0", 1)[0] ?? "";
}

export function noGroup(template: string, key: string, group: string): never {
  return refuse(template.replace("%k", () => printed(key)).replace("%g", () => printed(group)));
}

/** The group, or the error that there is none. */
export function requireGroup(stream: StreamValue | undefined, key: string, name: string): StreamGroup {
  return stream?.groups.get(name) ?? noGroup(errorTexts.noKeyOrGroup, key, name);
}
