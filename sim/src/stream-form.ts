/**
 * Streams as they are compared. Between regions: entries and the names of groups. In its own region, before and after a
 * command: all of it, with cursors and what is pending, and what came late for a group (core, effects/stream-late.ts).
 */
import type { ModelKeyspace, Value } from "@meridian/testkit";
import { ROOT } from "./names.js";

export type StreamValue = Extract<Value, { type: "stream" }>;

export interface StreamDetail {
  readonly stream: StreamValue;
  /** By group, the ids that it has yet to deliver before all others. */
  readonly late: ReadonlyMap<string, string[]>;
}

const SEQUENCE_BITS = 64n;
/** Redis counts on where XSETID said this, and shows less than nothing; what RENAME takes along stays here. */
const COUNT_MAX = (1n << 63n) - 1n;
const sequenceMask = (1n << SEQUENCE_BITS) - 1n;

export function idTextOf(order: bigint): string {
  return `${order >> SEQUENCE_BITS}-${order & sequenceMask}`;
}

/** What every region shows alike. */
export function streamForm(stream: StreamValue): string[] {
  const entries = stream.entries.map(({ order, fields }) => entryForm(idTextOf(order), fields));
  return [...entries, ...groupForms([...stream.groups.keys()])];
}

export function entryForm(id: string, fields: readonly string[]): string {
  return JSON.stringify([id, ...fields]);
}

export function groupForms(names: readonly string[]): string[] {
  return names.toSorted().map((name) => `group ${JSON.stringify(name)}`);
}

/** All of it, as text. */
export function detailText({ stream }: StreamDetail): string {
  const groups = [...stream.groups]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, { consumers, ...group }]) => [name, group, [...consumers].sort(([a], [b]) => (a < b ? -1 : 1))]);
  const { last, maxDeleted } = stream;
  const added = stream.added > COUNT_MAX ? COUNT_MAX : stream.added;
  return JSON.stringify([streamForm(stream), last, maxDeleted, added, groups], (_, item: unknown) =>
    typeof item === "bigint" ? String(item) : item,
  );
}

/** A copy: what the region does to its stream later is not seen. */
export function detailOf(keyspace: ModelKeyspace, key: string, stream: StreamValue): StreamDetail {
  return { stream: copyOf(stream), late: lateOf(keyspace, key) };
}

export function copyOf(stream: StreamValue): StreamValue {
  const groups = new Map<string, StreamValue["groups"] extends Map<string, infer Group> ? Group : never>();
  for (const [name, group] of stream.groups) {
    groups.set(name, { ...group, pending: [...group.pending], consumers: new Map(group.consumers) });
  }
  return { ...stream, entries: [...stream.entries], groups };
}

const NAME_AT = 3;

function lateOf(keyspace: ModelKeyspace, key: string): Map<string, string[]> {
  const late = new Map<string, string[]>();
  const value = keyspace.slot(`${ROOT}:y:${key}`)?.value;
  if (value?.type !== "zset") return late;
  for (const { member } of value.set.members) {
    const size = byteAt(member, 0) * 65536 + byteAt(member, 1) * 256 + byteAt(member, 2);
    const name = member.slice(NAME_AT, NAME_AT + size);
    late.set(name, [...(late.get(name) ?? []), idTextOf(orderOf(member.slice(NAME_AT + size)))]);
  }
  return late;
}

function byteAt(text: string, at: number): number {
  return text.charCodeAt(at);
}

/** Each half is a count of bytes, and those. */
function orderOf(place: string): bigint {
  const size = byteAt(place, 0);
  return (numberOf(place.slice(1, 1 + size)) << SEQUENCE_BITS) | numberOf(place.slice(2 + size));
}

function numberOf(bytes: string): bigint {
  return [...bytes].reduce((sum, byte) => sum * 256n + BigInt(byte.charCodeAt(0)), 0n);
}
