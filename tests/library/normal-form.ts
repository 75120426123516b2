/**
 * The state of a keyspace in a form to compare: sorted where Redis has no order, log entries decoded.
 *
 * Everything else is compared as bytes: metadata, side hashes, vectors, origins, deadlines.
 */
import { decodeFrames } from "@meridian/core";
import { unpack, type Snapshot, type Value } from "@meridian/testkit";
import { LATER_MS } from "./bundle/build.js";
import { idTextOf, type StreamValue } from "../../sim/src/stream-form.js";
import { ROOT, type Plain } from "./support.js";

export type State = Map<string, string>;

/** Keys that depend on nothing but the calls made: all. */
export function stateOfModel(snapshot: Snapshot, nowMs: number): State {
  const state: State = new Map();
  for (const [key, { value, expiresAtMs }] of snapshot.slots) {
    if (expiresAtMs > 0 && expiresAtMs <= nowMs) continue;
    state.set(key, describe(key, value.type, expiresAtMs, contentsOf(key, value)));
  }
  return state;
}

/** From the reply of `dump` (bundle/build.ts). */
export function stateOfDump(dump: Plain): State {
  const state: State = new Map();
  for (const [key, type, deadline, contents] of dump as [string, string, string, Plain][]) {
    const at = Number(deadline);
    state.set(key, describe(key, type, at < 0 ? 0 : at - LATER_MS, contents));
  }
  return state;
}

/** Lines that differ, for a failure's message. */
export function differences(left: State, right: State): string[] {
  const keys = [...new Set([...left.keys(), ...right.keys()])].sort();
  return keys
    .filter((key) => left.get(key) !== right.get(key))
    .map((key) => `${JSON.stringify(key)}\n  node  ${left.get(key)}\n  redis ${right.get(key)}`);
}

function contentsOf(key: string, value: Value): Plain {
  switch (value.type) {
    case "string":
      return value.text;
    case "hash":
      return [...value.fields].flat();
    case "set":
      return [...value.members];
    case "zset":
      return value.set.members.flatMap(({ member, score }) => [member, String(score)]);
    case "list":
      return value.items;
    case "stream":
      return isLog(key) ? entriesOf(value) : [entriesOf(value), idTextOf(value.last), groupsOf(value)];
  }
}

function isLog(key: string): boolean {
  return key.startsWith(`${ROOT}:log:`);
}

function entriesOf({ entries }: StreamValue): Plain[] {
  return entries.map(({ order, fields }) => [idTextOf(order), fields]);
}

/** Name, cursor and pending entries of each group. */
function groupsOf({ groups }: StreamValue): Plain[] {
  return [...groups]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, { last, pending }]) => {
      const held = pending.map(({ order, consumer, deliveries }) => [idTextOf(order), consumer, Number(deliveries)]);
      return [name, idTextOf(last), held];
    });
}

function describe(key: string, type: string, deadlineMs: number, contents: Plain): string {
  return JSON.stringify([type, deadlineMs, normal(key, type, contents)]);
}

function normal(key: string, type: string, contents: Plain): unknown {
  if (type === "set") return (contents as string[]).toSorted();
  if (type === "hash") return tuples(contents as string[], 2);
  if (type === "zset") return tuples((contents as string[]).map(scoreAsNumber), 2);
  if (type === "stream" && isLog(key)) {
    return (contents as [string, string[]][]).map(([id, [name, frames = ""]]) => [
      id,
      name,
      decodeFrames(frames).map(({ stamp, payload }) => [stamp, decodeEntry(payload)]),
    ]);
  }
  return contents;
}

/** Every second text, as a number: the server prints more digits than a double needs. */
function scoreAsNumber(text: string, at: number): unknown {
  if (at % 2 === 0) return text;
  return String(text === "inf" ? Infinity : text === "-inf" ? -Infinity : Number(text));
}

/** A packed entry. */
function decodeEntry(payload: string): unknown {
  const value = unpack(payload);
  if (!Array.isArray(value) || value.length !== 3) return payload;
  const [previous, dependencies, operations] = value as [unknown, string[], unknown[][]];
  return [previous, tuples(dependencies, 2), operations.map(sortOperation)];
}

/** What an operation carries in the order of a hash or set, sorted. */
function sortOperation([code, key, ...rest]: unknown[]): unknown {
  switch (code) {
    case "S":
      return [code, key, rest[0], sortResets(rest[1]), rest[2]];
    case "A":
      return [code, key, rest[0], sortResets(rest[1]), sortKeep(rest[2]), rest[3]];
    case "V":
      return [
        code,
        (rest[0] as unknown[])[0] === "Z" ? key : tuples(key as unknown[], 2),
        sortOperation(rest[0] as unknown[]),
      ];
    case "w":
      return [code, tuples(key as unknown[], 2)];
    case "D":
    case "X":
      return [code, key, sortResets(rest[0])];
    case "P":
      return [code, key, rest[0], sortValue(rest[0], rest[1]), rest[2], sortResets(rest[3])];
    case "Z":
      return [
        code,
        tuples(
          (key as unknown[]).map((part) => (Array.isArray(part) ? sortResets(part) : part)),
          2,
        ),
      ];
    case "E":
    case "F":
      return [code, key, (rest[0] as string[]).toSorted(), ...rest.slice(1, -1), sortKeep(rest.at(-1))];
    case "I":
    case "J":
    case "H":
    case "R":
    case "Y":
    case "G":
    case "C":
    case "U":
    case "L":
    case "N":
    case "W":
    case "B":
      return [code, key, ...rest.slice(0, -1), sortKeep(rest.at(-1))];
    default:
      return [code, key, ...rest];
  }
}

/** [type field resets ...] */
function sortResets(keyResets: unknown): unknown {
  return tuples(keyResets as unknown[], 3);
}

/** [deadline, fresh, keyResets or false] */
function sortKeep(keep: unknown): unknown {
  const [deadline, isFresh, hidden] = keep as unknown[];
  return [deadline, isFresh, hidden === false ? false : sortResets(hidden)];
}

function sortValue(type: unknown, value: unknown): unknown {
  if (type === "h" || type === "z") return tuples(value as string[], 2);
  return type === "e" ? (value as string[]).toSorted() : value;
}

function tuples(flat: unknown[], size: number): string[] {
  const all: string[] = [];
  for (let at = 0; at < flat.length; at += size) all.push(JSON.stringify(flat.slice(at, at + size)));
  return all.toSorted();
}
