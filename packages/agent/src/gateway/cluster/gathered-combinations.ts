/**
 * Which reads of several keys can be put together from what each key holds, what each slot is asked for, and how the replies become one.
 * A part is asked by the command itself where that tells all (the union of one set is the set), so that who may run it gets it.
 */
import { slotOfKey } from "@meridian/core";
import type { CommandView } from "./command-view.js";
import { combinedScores, type Scored, scoredOptions } from "./gathered-scores.js";
import { arrayOf, elementsOf, textOf } from "./reply-reader.js";
import { integerReply, sumOf } from "./replies-together.js";
import { countOfSketches } from "./sketch-count.js";

/** What is asked in one slot: the pieces of a command, and the place of a key of it. */
export interface Part {
  readonly key: number;
  readonly pieces: readonly Buffer[];
}

export interface Combination {
  readonly parts: readonly Part[];
  readonly join: (replies: readonly Buffer[]) => Buffer;
}

type Members = ReadonlySet<string>;
type Combiner = (given: CommandView, keys: readonly number[]) => Combination | "misspelt" | "refused";

const COMBINERS: Readonly<Record<string, Combiner | undefined>> = {
  mget: (given, keys) => inEachSlot(given, keys, (replies, groups) => valuesOf(replies, groups, given.count - 1)),
  exists: (given, keys) => inEachSlot(given, keys, sumOf),
  touch: (given, keys) => inEachSlot(given, keys, sumOf),
  sunion: (given, keys) => inEachSlot(given, keys, (replies) => setOf(replies, union)),
  sinter: (given, keys) => inEachSlot(given, keys, (replies) => setOf(replies, intersection)),
  sdiff: (given, keys) => ({
    parts: keys.map((key) => ({ key, pieces: [given.piece(0, 1), given.piece(key, 1)] })),
    join: (replies) => setOf(replies, difference),
  }),
  sintercard: (given, keys) => {
    const options = scoredOptions("sintercard", given, keys.length);
    if (options === undefined) return "misspelt";
    const { limit } = options;
    const groups = groupsOf(given, keys);
    const parts = groups.map((places) => ({
      key: places[0] as number,
      pieces: [bulk("SINTER"), ...pieces(given, places)],
    }));
    return { parts, join: (replies) => integerReply(Math.min(intersection(replies.map(membersOf)).size, limit)) };
  },
  zunion: scored,
  zinter: scored,
  zdiff: scored,
  zintercard: scored,
  pfcount: (given, keys) => ({
    parts: keys.map((key) => ({ key, pieces: [bulk("GET"), given.piece(key, 1)] })),
    join: (replies) => countOfSketches(replies.map((reply) => textOf(reply))),
  }),
  xread: streams,
};

export function combinationOf(
  name: string,
  given: CommandView,
  keys: readonly number[],
): Combination | "misspelt" | "refused" {
  return COMBINERS[name]?.(given, keys) ?? "refused";
}

/** The command with the keys of each slot. */
function inEachSlot(
  given: CommandView,
  keys: readonly number[],
  join: (replies: readonly Buffer[], groups: readonly (readonly number[])[]) => Buffer,
): Combination {
  const groups = groupsOf(given, keys);
  const parts = groups.map((places) => ({
    key: places[0] as number,
    pieces: [given.piece(0, 1), ...pieces(given, places)],
  }));
  return { parts, join: (replies) => join(replies, groups) };
}

function groupsOf(given: CommandView, keys: readonly number[]): number[][] {
  const bySlot = new Map<number, number[]>();
  for (const key of keys) {
    const slot = slotOfKey(given.bytes(key));
    const places = bySlot.get(slot);
    if (places === undefined) bySlot.set(slot, [key]);
    else places.push(key);
  }
  return [...bySlot.values()];
}

function pieces(given: CommandView, places: readonly number[]): Buffer[] {
  return places.map((place) => given.piece(place, 1));
}

/** Each value at the place of its key; keys count from 1. */
function valuesOf(replies: readonly Buffer[], groups: readonly (readonly number[])[], count: number): Buffer {
  const values: Buffer[] = Array.from({ length: count });
  for (const [at, places] of groups.entries()) {
    const elements = elementsOf(replies[at] as Buffer) ?? [];
    for (const [index, place] of places.entries()) values[place - 1] = elements[index] as Buffer;
  }
  return arrayOf(values);
}

/** Of the type that sets have in the client's protocol. */
function setOf(replies: readonly Buffer[], combine: (sets: readonly Members[]) => Members): Buffer {
  const members = [...combine(replies.map(membersOf))];
  const header = Buffer.from(`${String.fromCharCode((replies[0] as Buffer)[0] as number)}${members.length}\r\n`);
  return Buffer.concat([header, ...members.map((member) => bulk(member))]);
}

function membersOf(reply: Buffer): Set<string> {
  return new Set((elementsOf(reply) ?? []).map((element) => textOf(element) ?? ""));
}

function union(sets: readonly Members[]): Members {
  return new Set(sets.flatMap((set) => [...set]));
}

function intersection([first = new Set(), ...others]: readonly Members[]): Members {
  return new Set([...first].filter((member) => others.every((set) => set.has(member))));
}

function difference([first = new Set(), ...others]: readonly Members[]): Members {
  return new Set([...first].filter((member) => !others.some((set) => set.has(member))));
}

function scored(given: CommandView, keys: readonly number[]): Combination | "misspelt" {
  const name = given.word(0);
  const options = scoredOptions(name, given, keys.length);
  if (options === undefined) return "misspelt";
  const asked = name === "zintercard" ? bulk("ZINTER") : given.piece(0, 1);
  const parts = keys.map((key) => ({ key, pieces: [asked, bulk("1"), given.piece(key, 1), bulk("WITHSCORES")] }));
  return {
    parts,
    join: (replies) => {
      const found = combinedScores(name, replies.map(scoresOf), options);
      if (name === "zintercard") return integerReply(Math.min(found.length, options.limit));
      if (!options.withScores) return arrayOf(found.map(({ member }) => bulk(member)));
      const inPairs = replies.some((reply) => elementsOf(reply)?.[0]?.[0] === ARRAY);
      return arrayOf(found.flatMap((one) => (inPairs ? [pairOf(one)] : [bulk(one.member), bulk(one.text)])));
    },
  };
}

const ARRAY = 42;

/** Of RESP2 members and scores in turn, of RESP3 pairs with a double. */
function scoresOf(reply: Buffer): Scored[] {
  const elements = elementsOf(reply) ?? [];
  const flat = elements[0]?.[0] === ARRAY ? elements.flatMap((pair) => elementsOf(pair) ?? []) : elements;
  const found: Scored[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const score = flat[at + 1] as Buffer;
    found.push({
      member: textOf(flat[at] as Buffer) ?? "",
      text: textOf(score) ?? score.toString("latin1", 1, score.length - 2),
    });
  }
  return found;
}

function pairOf({ member, text }: Scored): Buffer {
  return arrayOf([bulk(member), Buffer.from(`,${text}\r\n`)]);
}

/** Each stream by itself. Who would wait can't be served at several nodes at once. */
function streams(given: CommandView, keys: readonly number[]): Combination | "misspelt" | "refused" {
  const [first = 0] = keys;
  for (let index = 1; index < first - 1; index++) if (given.word(index) === "block") return "refused";
  if (first + keys.length * 2 !== given.count) return "misspelt";
  const head = Array.from({ length: first }, (_, index) => given.piece(index, 1));
  const parts = keys.map((key) => ({ key, pieces: [...head, given.piece(key, 1), given.piece(key + keys.length, 1)] }));
  return { parts, join: streamsTogether };
}

function streamsTogether(replies: readonly Buffer[]): Buffer {
  const found = replies.map((reply) => elementsOf(reply) ?? []);
  const elements = found.flat();
  if (elements.length === 0) return replies[0] as Buffer;
  const isMap = replies.some((reply) => reply[0] === MAP);
  return isMap ? Buffer.concat([Buffer.from(`%${elements.length / 2}\r\n`), ...elements]) : arrayOf(elements);
}

const MAP = 37;

function bulk(text: string): Buffer {
  return Buffer.from(`$${text.length}\r\n${text}\r\n`, "latin1");
}
