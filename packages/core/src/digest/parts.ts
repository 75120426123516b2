/**
 * The parts of a value, in pages: of each what is kept about it and its native value, as one text that is the same in every
 * region. What a page costs is bounded by the number of its parts; what is written meanwhile may be seen or not.
 */
import { errorOf, host, readInPieces, type Packed, type Reply } from "../host.js";
import { hashFamily } from "../effects/hash.js";
import type { FieldFamily } from "../effects/fields.js";
import { sortedSetFamily } from "../effects/sorted-set.js";
import { eachGroup, livesOf } from "../effects/stream-groups.js";
import type { NativeEntry } from "../effects/stream-native.js";
import { openStream } from "../effects/stream-open.js";
import { decodeCell, decodeDots, DOT_BYTES, encodeDot, type AggregateCode } from "../state/codec.js";
import { nativeOf, type KeyState } from "../state/key-state.js";
import { sideKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import { placeOf } from "../state/sequence.js";
import { decodeRecord, sortRegisters } from "../state/stream-record.js";
import { decodeElement } from "../types/list-element.js";
import { idOfPlace } from "../types/stream-id.js";
import { cellText, dotsText, nameOf } from "./cell-text.js";
import { sketchText } from "./sketch-text.js";

/** Gets what is kept about a part, and its native value; false where there is none. */
export type VisitPart = (this: void, kept: string, value: string | false) => void;

const STAMP_BYTES = 7;
const FORM_S = 83;

/** So many parts are a page; a value of no more is read in one call. */
export const PAGE = 1000;
/** The first cursor, and the one that follows the last page. */
export const START = "0";

/** What the native key holds beside what is known of it, in numbers. */
export interface Sizes {
  /** -1: the native key is of another type. */
  native: number;
  known: number;
}

const SIZE_COMMANDS: Record<string, string> = {
  h: "HLEN",
  e: "SCARD",
  z: "ZCARD",
  l: "LLEN",
  x: "XLEN",
  p: "STRLEN",
};

export function sizesOf(partition: Partition, state: KeyState, code: AggregateCode): Sizes {
  const reply = host.pcall(SIZE_COMMANDS[code]!, nativeOf(partition, state, code));
  const native = errorOf(reply) === undefined ? (reply as number) : -1;
  // A HyperLogLog has no parts: it is there, or it is not.
  if (code === "p") return { native: native > 0 ? 1 : native, known: 1 };
  const side = sideKey(partition.root, code, state.key);
  return { native, known: host.call(code === "l" || code === "x" ? "LLEN" : "HLEN", side) as number };
}

/** Visits a page of the parts; returns the cursor of the next. */
export function visitParts(
  partition: Partition,
  state: KeyState,
  code: AggregateCode,
  cursor: string,
  visit: VisitPart,
): string {
  switch (code) {
    case "h":
      return visitCells(partition, state, hashFamily, cursor, visit);
    case "z":
      return visitCells(partition, state, sortedSetFamily, cursor, visit);
    case "e":
      return visitMembers(partition, state, cursor, visit);
    case "l":
      return visitElements(partition, state, cursor, visit);
    case "x":
      return visitEntries(partition, state, cursor, visit);
    case "p":
      visitSketches(partition, state, visit);
      return START;
  }
}

/** [next cursor, [name, what is kept, ...]] */
function pageOf(side: string, cursor: string): [string, string[]] {
  if (cursor === START && (host.call("HLEN", side) as number) <= PAGE) {
    return [START, host.call("HGETALL", side) as string[]];
  }
  return host.call("HSCAN", side, cursor, "COUNT", PAGE) as [string, string[]];
}

function namesIn(flat: string[]): string[] {
  const names: string[] = [];
  for (let at = 0; at < flat.length; at += 2) names.push(flat[at]!);
  return names;
}

function visitCells(
  partition: Partition,
  state: KeyState,
  family: FieldFamily,
  cursor: string,
  visit: VisitPart,
): string {
  const [next, flat] = pageOf(sideKey(partition.root, family.code, state.key), cursor);
  if (flat.length === 0) return next;
  const values = family.readNative(nativeOf(partition, state, family.code), namesIn(flat));
  for (let at = 0; at < flat.length; at += 2) {
    const value = values[at / 2];
    const stored = flat[at + 1]!;
    const cell =
      stored.charCodeAt(0) === FORM_S ? dotOf(partition, stored, 1) : cellText(partition, decodeCell(stored));
    visit(framed([family.code, flat[at]!, cell]), typeof value === "string" ? value : false);
  }
  return next;
}

function visitMembers(partition: Partition, state: KeyState, cursor: string, visit: VisitPart): string {
  const [next, flat] = pageOf(sideKey(partition.root, "e", state.key), cursor);
  if (flat.length === 0) return next;
  const present = readInPieces("SMISMEMBER", nativeOf(partition, state, "e"), namesIn(flat));
  for (let at = 0; at < flat.length; at += 2) {
    const stored = flat[at + 1]!;
    const dots = stored.length === DOT_BYTES ? dotOf(partition, stored, 0) : dotsText(partition, decodeDots(stored));
    visit(framed(["e", flat[at]!, dots]), present[at / 2] === 1 ? "" : false);
  }
  return next;
}

function visitElements(partition: Partition, state: KeyState, cursor: string, visit: VisitPart): string {
  const from = host.toNumber(cursor, 10);
  const records = host.call("LRANGE", sideKey(partition.root, "l", state.key), from, from + PAGE - 1) as string[];
  const values = host.call("LRANGE", nativeOf(partition, state, "l"), from, from + PAGE - 1) as string[];
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!;
    visit(framed(["l", placeOf(record), cellText(partition, decodeElement(record))]), values[index] ?? false);
  }
  return records.length < PAGE ? START : host.integerText(from + PAGE);
}

/** With the first page what holds the stream: its lives and groups. What is delivered and pending is each region's own. */
function visitEntries(partition: Partition, state: KeyState, cursor: string, visit: VisitPart): string {
  const stream = openStream(partition, state);
  if (cursor === START) visitHolders(partition, stream, visit);
  const from = host.toNumber(cursor, 10);
  const records = host.call("LRANGE", stream.side, from, from + PAGE - 1) as string[];
  if (records.length === 0) return START;
  const first = idOfPlace(placeOf(records[0]!));
  const entries = host.call("XRANGE", stream.native, first, "+", "COUNT", PAGE) as NativeEntry[];
  for (let index = 0; index < records.length; index++) {
    const id = idOfPlace(placeOf(records[index]!));
    const entry = entries[index];
    const registers: Packed[] = [];
    const sorted = sortRegisters(partition, decodeRecord(records[index]!));
    for (const { stamp, origin, fields } of sorted) {
      registers.push(stamp, nameOf(partition, origin), fields ?? false);
    }
    const isHere = entry !== undefined && entry[0] === id;
    visit(framed(["x", id, host.pack(registers)]), isHere ? host.pack(entry[1]) : false);
  }
  return records.length < PAGE ? START : host.integerText(from + PAGE);
}

function visitHolders(partition: Partition, stream: ReturnType<typeof openStream>, visit: VisitPart): void {
  for (const { stamp, origin, maker } of livesOf(stream)) {
    visit(host.pack(["life", stamp, nameOf(partition, origin), maker]), "");
  }
  eachGroup(stream.holders, (name, { creations }) => {
    for (const { stamp, origin } of creations) {
      visit(host.pack(["group", name, stamp, nameOf(partition, origin)]), "");
    }
  });
}

function visitSketches(partition: Partition, state: KeyState, visit: VisitPart): void {
  const side = sideKey(partition.root, "p", state.key);
  const bytes = host.pcall("GET", nativeOf(partition, state, "p"));
  visit("union", registersOf(bytes));
  for (const { stamp, origin } of state.sketches) {
    const own = state.sketches.length > 1 ? registersOf(host.call("HGET", side, encodeDot(stamp, origin))) : "";
    visit(host.pack(["p", stamp, nameOf(partition, origin)]), own);
  }
}

function registersOf(bytes: Reply): string | false {
  return typeof bytes === "string" ? (sketchText(bytes) ?? false) : false;
}

/** One dot as stored, which is the common case: a part has this form in every region or in none. */
function dotOf(partition: Partition, stored: string, from: number): string {
  const mark = from + STAMP_BYTES;
  const origin = stored.charCodeAt(mark) * 256 + stored.charCodeAt(mark + 1);
  return `.${stored.substring(from, mark)}${nameOf(partition, origin)}`;
}

/** Texts behind one another, each with its length: no two lists give the same. */
function framed(texts: string[]): string {
  let all = "";
  for (const text of texts) all = all + host.integerText(text.length) + ":" + text;
  return all;
}
