/** Strings as bits: SETBIT, GETBIT, BITCOUNT, BITPOS and BITOP, with Redis's replies, order of checks and errors. */
import type { Reply } from "@meridian/core";
import { errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { int64, parseInt64 } from "./numbers.js";
import { replaceText, textOf } from "./string-commands.js";

const BITS = 8;
const BYTE_MAX = 255;
/** proto-max-bulk-len, which bounds a string's length. */
const BYTES_MAX = 512n * 1024n * 1024n;

/** The place of a bit; with `width`, "#3" is the fourth number of that width. */
export function bitOffset(text: string, width?: number): number {
  const counted = width !== undefined && text.startsWith("#");
  const value = parseInt64(counted ? text.slice(1) : text) ?? refuse(errorTexts.bitOffset);
  const offset = BigInt.asIntN(64, counted ? value * BigInt(width) : value);
  return offset < 0n || offset / BigInt(BITS) >= BYTES_MAX ? refuse(errorTexts.bitOffset) : Number(offset);
}

/** The string's bytes, at least so many that the bit is among them; the key need not exist. */
export function bytesUpTo(keyspace: ModelKeyspace, key: string, bit: number): Buffer {
  const text = textOf(keyspace, key) ?? "";
  const bytes = Buffer.alloc(Math.max(text.length, Math.floor(bit / BITS) + 1));
  bytes.write(text, "latin1");
  return bytes;
}

function bitAt(bytes: Buffer, bit: number): number {
  return ((bytes[Math.floor(bit / BITS)] ?? 0) >> (BITS - 1 - (bit % BITS))) & 1;
}

function setbit(keyspace: ModelKeyspace, [key = "", offsetText = "", valueText = ""]: string[]): Reply {
  const bit = bitOffset(offsetText);
  const value = int64(valueText, errorTexts.bitValue);
  if (value !== 0n && value !== 1n) refuse(errorTexts.bitValue);
  const bytes = bytesUpTo(keyspace, key, bit);
  const before = bitAt(bytes, bit);
  const mask = 1 << (BITS - 1 - (bit % BITS));
  const at = Math.floor(bit / BITS);
  bytes[at] = value === 1n ? bytes[at]! | mask : bytes[at]! & ~mask;
  replaceText(keyspace, key, bytes.toString("latin1"));
  return before;
}

function getbit(keyspace: ModelKeyspace, [key = "", offsetText = ""]: string[]): Reply {
  const bit = bitOffset(offsetText);
  return bitAt(Buffer.from(textOf(keyspace, key) ?? "", "latin1"), bit);
}

interface Range {
  /** Bits, both ends included; empty where `last` is less than `first`. */
  first: number;
  last: number;
}

/** A range of bytes or bits within the string, from its two ends, of which negative ones count from the back. */
function rangeWithin(bytes: Buffer, startText: bigint, endText: bigint, inBits: boolean): Range {
  const length = inBits ? bytes.length * BITS : bytes.length;
  const within = (at: bigint): number => Math.max(0, Number(at < 0n ? at + BigInt(length) : at));
  const start = within(startText);
  const end = Math.min(within(endText), length - 1);
  return inBits ? { first: start, last: end } : { first: start * BITS, last: end * BITS + BITS - 1 };
}

function isInBits(unit: string | undefined): boolean {
  const word = (unit ?? "BYTE").toUpperCase();
  return word === "BIT" || (word === "BYTE" ? false : refuse(errorTexts.syntax));
}

function bitcount(keyspace: ModelKeyspace, [key = "", startText, endText, unit, ...rest]: string[]): Reply {
  const text = textOf(keyspace, key);
  if (text === undefined) return 0;
  const bytes = Buffer.from(text, "latin1");
  if (startText === undefined) return ones(bytes, { first: 0, last: bytes.length * BITS - 1 });
  if (endText === undefined || rest.length > 0) return refuse(errorTexts.syntax);
  const [start, end] = [int64(startText), int64(endText)];
  if (start < 0n && end < 0n && start > end) return 0;
  return ones(bytes, rangeWithin(bytes, start, end, isInBits(unit)));
}

function ones(bytes: Buffer, { first, last }: Range): number {
  let count = 0;
  for (let bit = first; bit <= last; bit++) count += bitAt(bytes, bit);
  return count;
}

function bitpos(keyspace: ModelKeyspace, [key = "", bitText = "", ...rest]: string[]): Reply {
  const [startText, endText, unit, ...extra] = rest;
  const bit = int64(bitText);
  if (bit !== 0n && bit !== 1n) refuse(errorTexts.bitOnly);
  const text = textOf(keyspace, key);
  if (text === undefined) return bit === 1n ? -1 : 0;
  if (extra.length > 0) refuse(errorTexts.syntax);
  const bytes = Buffer.from(text, "latin1");
  const start = startText === undefined ? 0n : int64(startText);
  const inBits = isInBits(unit);
  const end = endText === undefined ? -1n : int64(endText);
  const { first, last } = rangeWithin(bytes, start, end, inBits);
  for (let at = first; at <= last; at++) if (bitAt(bytes, at) === Number(bit)) return at;
  // A string that no end was given for goes on with zeros.
  return bit === 0n && endText === undefined && first <= last ? last + 1 : -1;
}

const operations: Record<string, (left: number, right: number) => number> = {
  AND: (left, right) => left & right,
  OR: (left, right) => left | right,
  XOR: (left, right) => left ^ right,
};

function bitop(keyspace: ModelKeyspace, [name = "", target = "", ...keys]: string[]): Reply {
  const word = name.toUpperCase();
  const combine = operations[word];
  if (!combine && word !== "NOT") refuse(errorTexts.syntax);
  if (!combine && keys.length !== 1) refuse(errorTexts.bitNot);
  const sources = keys.map((key) => Buffer.from(textOf(keyspace, key) ?? "", "latin1"));
  const result = Buffer.alloc(Math.max(...sources.map((bytes) => bytes.length)));
  for (let at = 0; at < result.length; at++) {
    const column = sources.map((bytes) => bytes[at] ?? 0);
    result[at] = combine ? column.reduce(combine) : BYTE_MAX - column[0]!;
  }
  if (result.length === 0) keyspace.remove(target);
  else keyspace.put(target, { type: "string", text: result.toString("latin1") }, 0);
  return result.length;
}

export const bitCommands: Record<string, Command> = {
  SETBIT: [4, setbit],
  GETBIT: [3, getbit],
  BITCOUNT: [-2, bitcount],
  BITPOS: [-3, bitpos],
  BITOP: [-4, bitop],
};
