/**
 * How cells and keys are written into metadata. The first byte is the form; the common cases have forms of their own.
 *
 *     S stamp origin            one register that lasts for ever; its value is the native one   10 bytes
 *     X stamp origin deadline   one register with an expiry of its own                          17 bytes
 *     W stamp origin            one register under the key's deadline
 *     C stamp origin epoch sum  one counter, never reset, of integers
 *     G msgpack                 any cell: [registers, counters]
 *     h H e z Z l x             a key that is one hash (H: some fields may be counters), set, sorted set (Z: some scores
 *                               may be counters), list or stream, without deadline
 *     p stamp origin            a key that is one HyperLogLog created so, without deadline
 *     K msgpack                 any key
 *
 * A stamp takes 7 bytes, an origin 2: its index at this server.
 */
import { host, type Packed } from "../host.js";
import type { Vector } from "./partition.js";
import { WEAK, emptyCell, type Cell, type Counter, type Register } from "../types/cell.js";

/** The types whose value is one native key of many parts: h hash, e set, z sorted set, l list, x stream, p HyperLogLog. */
export type AggregateCode = "h" | "e" | "z" | "l" | "x" | "p";
/** s string; empty: nothing shows. */
export type TypeCode = "" | "s" | AggregateCode;

/** In the order in which they are walked everywhere. */
export const AGGREGATES: readonly AggregateCode[] = ["h", "e", "z", "l", "x", "p"];

/** The creation of a HyperLogLog. */
export interface Sketch {
  readonly stamp: number;
  readonly origin: number;
}

/** A deadline by the dot that set it. */
export interface Deadline {
  readonly stamp: number;
  readonly origin: number;
  /** Unix ms; 0 never. */
  readonly at: number;
}

/** Metadata of one key, as stored. */
export interface KeyMeta {
  shown: TypeCode;
  cell: Cell;
  /** The aggregates that hold something. */
  alive: Record<string, true | undefined>;
  /** Some field of the hash (h) or score of the sorted set (z) may hold counters, so a delete must look. */
  counted: Record<string, true | undefined>;
  /** The HyperLogLogs that are shown as one: concurrent creations. */
  sketches: Sketch[];
  /** Set by EXPIRE and PERSIST. */
  deadlines: Deadline[];
  /** The deadline under which writes were made that kept it. */
  weakDeadlines: Deadline[];
}

const STAMP_BYTES = 7;
/** A dot as stored: stamp and origin. */
export const DOT_BYTES = 9;

export function encodeDot(stamp: number, origin: number): string {
  return host.packStamp(stamp) + String.fromCharCode(Math.floor(origin / 256), origin % 256);
}

/** One register whose value is the native one. */
export function registerText(stamp: number, origin: number, expiresAt: number): string {
  const dot = encodeDot(stamp, origin);
  if (expiresAt === 0) return "S" + dot;
  return expiresAt === WEAK ? "W" + dot : "X" + dot + host.packStamp(expiresAt);
}

export function isRegisterForm(stored: string): boolean {
  const form = stored.charCodeAt(0);
  return form === FORM_S || form === FORM_X || form === FORM_W;
}

const FORM_S = 83;
const FORM_X = 88;
const FORM_W = 87;
const FORM_C = 67;

/** True where the context covers the dot that follows the form. */
export function seenDot(stored: string, context: Vector): boolean {
  return host.unpackStamp(stored, 1) <= (context[originAt(stored, 1 + STAMP_BYTES)] ?? 0);
}

/** One counter that was never reset, of integers. */
export function counterText(stamp: number, origin: number, epoch: number, sum: string): string {
  return "C" + encodeDot(stamp, origin) + host.packStamp(epoch) + sum;
}

/** The counter of the form C, or undefined. */
export function soleCounter(stored: string): Counter | undefined {
  if (stored.charCodeAt(0) !== FORM_C) return undefined;
  return {
    origin: originAt(stored, 1 + STAMP_BYTES),
    epoch: host.unpackStamp(stored, 1 + DOT_BYTES),
    sum: stored.substring(1 + DOT_BYTES + STAMP_BYTES),
    stamp: host.unpackStamp(stored, 1),
    resetSum: "0",
    resetStamp: 0,
    isFloat: false,
  };
}

/** A cell; `isNative` where the winner's value stands in the native type and need not be kept. */
export function encodeCell(cell: Cell, isNative: boolean, winner: Register | undefined): string {
  const omit = isNative && cell.counters.length === 0 ? winner : undefined;
  if (omit !== undefined && cell.registers.length === 1) {
    return registerText(omit.stamp, omit.origin, omit.expiresAt);
  }
  if (cell.registers.length === 0 && cell.counters.length === 1) {
    const counter = cell.counters[0]!;
    if (counter.resetStamp === 0 && !counter.isFloat) {
      return counterText(counter.stamp, counter.origin, counter.epoch, counter.sum);
    }
  }
  return "G" + host.pack(packCell(cell, omit));
}

export function decodeCell(text: string): Cell {
  const form = text.substring(0, 1);
  if (form === "C") return { registers: [], counters: [soleCounter(text)!] };
  if (form === "G") return unpackCell(host.unpackOwn(text.substring(1)) as Packed[]);
  return {
    registers: [
      {
        stamp: host.unpackStamp(text, 1),
        origin: originAt(text, 1 + STAMP_BYTES),
        value: undefined,
        expiresAt: form === "S" ? 0 : form === "W" ? WEAK : host.unpackStamp(text, 1 + DOT_BYTES),
      },
    ],
    counters: [],
  };
}

/** The metadata of a key; empty text where nothing is left to remember. */
export function encodeKey(meta: KeyMeta, winner: Register | undefined): string {
  const hasString = meta.cell.registers.length > 0 || meta.cell.counters.length > 0;
  if (meta.deadlines.length === 0 && meta.weakDeadlines.length === 0) {
    let kinds = hasString ? 1 : 0;
    let only: AggregateCode | "" = "";
    for (const code of AGGREGATES) {
      if (meta.alive[code] !== true) continue;
      kinds++;
      only = code;
    }
    if (kinds === 0) return "";
    if (kinds === 1) {
      if (only === "") return encodeCell(meta.cell, true, winner);
      if (only !== "p") return meta.counted[only] === true ? only.toUpperCase() : only;
      if (meta.sketches.length === 1) return "p" + encodeDot(meta.sketches[0]!.stamp, meta.sketches[0]!.origin);
    }
  }
  let alive = "";
  let counted = "";
  for (const code of AGGREGATES) {
    if (meta.alive[code] === true) alive = alive + code;
    if (meta.counted[code] === true) counted = counted + code;
  }
  const omit = meta.shown === "s" && meta.cell.counters.length === 0 ? winner : undefined;
  const sketches: number[] = [];
  for (const { stamp, origin } of meta.sketches) sketches.push(stamp, origin);
  return (
    "K" +
    host.pack([
      meta.shown,
      alive,
      counted,
      packDeadlines(meta.deadlines),
      packDeadlines(meta.weakDeadlines),
      packCell(meta.cell, omit),
      sketches,
    ])
  );
}

export function emptyMeta(): KeyMeta {
  return {
    shown: "",
    cell: emptyCell(),
    alive: {},
    counted: {},
    sketches: [],
    deadlines: [],
    weakDeadlines: [],
  };
}

export function decodeKey(text: string): KeyMeta {
  const meta = emptyMeta();
  const form = text.substring(0, 1);
  if (form === "K") {
    const [shown, alive, counted, deadlines, weak, cell, sketches] = host.unpackOwn(text.substring(1)) as Packed[];
    meta.shown = shown as TypeCode;
    setFlags(meta.alive, alive as string);
    setFlags(meta.counted, counted as string);
    meta.deadlines = unpackDeadlines(deadlines as number[]);
    meta.weakDeadlines = unpackDeadlines(weak as number[]);
    meta.cell = unpackCell(cell as Packed[]);
    const flat = sketches as number[];
    for (let at = 0; at < flat.length; at += 2) meta.sketches.push({ stamp: flat[at]!, origin: flat[at + 1]! });
    return meta;
  }
  const sole = SOLE_FORMS[form];
  if (sole === undefined) {
    meta.shown = "s";
    meta.cell = decodeCell(text);
    return meta;
  }
  meta.shown = sole;
  meta.alive[sole] = true;
  if (form !== sole) meta.counted[sole] = true;
  if (sole === "p") meta.sketches.push({ stamp: host.unpackStamp(text, 1), origin: originAt(text, 1 + STAMP_BYTES) });
  return meta;
}

/** The aggregate whose metadata alone begins with the form. */
export const SOLE_FORMS: Record<string, AggregateCode | undefined> = {
  h: "h",
  H: "h",
  e: "e",
  z: "z",
  Z: "z",
  l: "l",
  x: "x",
  p: "p",
};

function setFlags(flags: Record<string, true | undefined>, codes: string): void {
  for (let at = 0; at < codes.length; at++) flags[codes.substring(at, at + 1)] = true;
}

function packCell(cell: Cell, omit: Register | undefined): Packed[] {
  const registers: Packed[] = [];
  for (const register of cell.registers) {
    const { stamp, origin, expiresAt, value } = register;
    registers.push(stamp, origin, expiresAt, register === omit || value === undefined ? false : value);
  }
  const counters: Packed[] = [];
  for (const { origin, epoch, sum, stamp, resetSum, resetStamp, isFloat } of cell.counters) {
    counters.push(origin, epoch, sum, stamp, resetSum, resetStamp, isFloat);
  }
  return [registers, counters];
}

function unpackCell(packed: Packed[]): Cell {
  const flatRegisters = packed[0] as Packed[];
  const flatCounters = packed[1] as Packed[];
  const registers: Register[] = [];
  for (let at = 0; at < flatRegisters.length; at += 4) {
    const value = flatRegisters[at + 3]!;
    registers.push({
      stamp: flatRegisters[at] as number,
      origin: flatRegisters[at + 1] as number,
      expiresAt: flatRegisters[at + 2] as number,
      value: value === false ? undefined : (value as string),
    });
  }
  const counters: Counter[] = [];
  for (let at = 0; at < flatCounters.length; at += 7) {
    counters.push({
      origin: flatCounters[at] as number,
      epoch: flatCounters[at + 1] as number,
      sum: flatCounters[at + 2] as string,
      stamp: flatCounters[at + 3] as number,
      resetSum: flatCounters[at + 4] as string,
      resetStamp: flatCounters[at + 5] as number,
      isFloat: flatCounters[at + 6] as boolean,
    });
  }
  return { registers, counters };
}

function packDeadlines(deadlines: Deadline[]): number[] {
  const flat: number[] = [];
  for (const { stamp, origin, at } of deadlines) flat.push(stamp, origin, at);
  return flat;
}

function unpackDeadlines(flat: number[]): Deadline[] {
  const deadlines: Deadline[] = [];
  for (let at = 0; at < flat.length; at += 3) {
    deadlines.push({ stamp: flat[at]!, origin: flat[at + 1]!, at: flat[at + 2]! });
  }
  return deadlines;
}

function originAt(text: string, at: number): number {
  return text.charCodeAt(at) * 256 + text.charCodeAt(at + 1);
}

/** Dots of a set member, one after the other. */
export function decodeDots(text: string): [number, number][] {
  const dots: [number, number][] = [];
  for (let at = 0; at < text.length; at += DOT_BYTES) {
    dots.push([host.unpackStamp(text, at), originAt(text, at + STAMP_BYTES)]);
  }
  return dots;
}
