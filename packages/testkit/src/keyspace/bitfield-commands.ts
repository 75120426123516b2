/** BITFIELD: integers of any width within a string, with Redis's replies, order of checks, errors and overflows. */
import type { Reply } from "@meridian/core";
import { bitOffset, bytesUpTo } from "./bit-commands.js";
import { errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { int64, parseInt64 } from "./numbers.js";
import { replaceText, textOf } from "./string-commands.js";

const SIGNED_MAX = 64n;
const UNSIGNED_MAX = 63n;
const BITS = 8;

type Overflow = "WRAP" | "SAT" | "FAIL";

interface Field {
  signed: boolean;
  width: number;
  offset: number;
}

interface Operation extends Field {
  word: "GET" | "SET" | "INCRBY";
  value: bigint;
  overflow: Overflow;
}

function parseType(text: string): { signed: boolean; width: number } {
  const signed = text.startsWith("i");
  const width = parseInt64(text.slice(1).split("\0", 1)[0] ?? "") ?? 0n;
  if ((!signed && !text.startsWith("u")) || width < 1n || width > (signed ? SIGNED_MAX : UNSIGNED_MAX)) {
    refuse(errorTexts.bitfieldType);
  }
  return { signed, width: Number(width) };
}

function parseOverflow(text: string): Overflow {
  const word = text.toUpperCase();
  return word === "WRAP" || word === "SAT" || word === "FAIL" ? word : refuse(errorTexts.bitfieldOverflow);
}

function parseOperations(args: string[]): Operation[] {
  const operations: Operation[] = [];
  let overflow: Overflow = "WRAP";
  for (let at = 0; at < args.length;) {
    const word = (args[at] ?? "").toUpperCase();
    const more = args.length - at - 1;
    if (word === "OVERFLOW" && more >= 1) {
      overflow = parseOverflow(args[at + 1] ?? "");
      at += 2;
    } else if ((word === "GET" && more >= 2) || ((word === "SET" || word === "INCRBY") && more >= 3)) {
      const type = parseType(args[at + 1] ?? "");
      const offset = bitOffset(args[at + 2] ?? "", type.width);
      const value = word === "GET" ? 0n : int64(args[at + 3] ?? "");
      operations.push({ word, ...type, offset, value, overflow });
      at += word === "GET" ? 3 : 4;
    } else refuse(errorTexts.syntax);
  }
  return operations;
}

/** The number at a place; what lies behind the string's end is zeros. */
function read(bytes: Buffer, { signed, width, offset }: Field): bigint {
  let value = 0n;
  for (let at = offset; at < offset + width; at++) {
    value = (value << 1n) | BigInt(((bytes[Math.floor(at / BITS)] ?? 0) >> (BITS - 1 - (at % BITS))) & 1);
  }
  return signed ? BigInt.asIntN(width, value) : value;
}

function write(bytes: Buffer, { width, offset }: Field, value: bigint): void {
  for (let place = 0; place < width; place++) {
    const at = offset + place;
    const mask = 1 << (BITS - 1 - (at % BITS));
    const byte = Math.floor(at / BITS);
    const bit = (value >> BigInt(width - 1 - place)) & 1n;
    bytes[byte] = bit === 1n ? bytes[byte]! | mask : bytes[byte]! & ~mask;
  }
}

/** The bound that the sum passes, or undefined where it passes none. */
function boundPassed(base: bigint, by: bigint, { signed, width }: Field): bigint | undefined {
  if (!signed) {
    const most = (1n << BigInt(width)) - 1n;
    const unsignedBase = BigInt.asUintN(64, base);
    if (unsignedBase + by > most) return most;
    return unsignedBase + by < 0n ? 0n : undefined;
  }
  const most = (1n << BigInt(width - 1)) - 1n;
  const least = -most - 1n;
  // Redis's distance to the upper bound wraps around where a SET gives a number far below the lower bound.
  const room = BigInt.asIntN(64, most - base);
  if (base > most || (width !== 64 && by > room) || (base >= 0n && by > 0n && by > room)) return most;
  return base + by < least ? least : undefined;
}

/** What to write, and whether that is not what was asked for. */
function fitted(base: bigint, by: bigint, operation: Operation): { value: bigint; overflows: boolean } {
  const { signed, width, overflow } = operation;
  const bound = boundPassed(base, by, operation);
  if (bound !== undefined && overflow === "SAT") return { value: bound, overflows: true };
  const sum = signed ? BigInt.asIntN(width, base + by) : BigInt.asUintN(width, base + by);
  return { value: sum, overflows: bound !== undefined };
}

function run(bytes: Buffer, operation: Operation): Reply {
  const before = read(bytes, operation);
  if (operation.word === "GET") return Number(before);
  const isSet = operation.word === "SET";
  const { value, overflows } = isSet
    ? fitted(operation.value, 0n, operation)
    : fitted(before, operation.value, operation);
  if (overflows && operation.overflow === "FAIL") return false;
  write(bytes, operation, value);
  return Number(isSet ? before : value);
}

function bitfield(onlyReads: boolean): Command {
  return [
    -2,
    (keyspace: ModelKeyspace, [key = "", ...args]: string[]): Reply => {
      const operations = parseOperations(args);
      const writes = operations.filter(({ word }) => word !== "GET");
      if (writes.length === 0) {
        const bytes = Buffer.from(textOf(keyspace, key) ?? "", "latin1");
        return operations.map((operation) => run(bytes, operation));
      }
      if (onlyReads) refuse(errorTexts.bitfieldReadOnly);
      const bytes = bytesUpTo(keyspace, key, Math.max(...writes.map(({ offset, width }) => offset + width - 1)));
      const replies = operations.map((operation) => run(bytes, operation));
      replaceText(keyspace, key, bytes.toString("latin1"));
      return replies;
    },
  ];
}

export const bitfieldCommands: Record<string, Command> = {
  BITFIELD: bitfield(false),
  BITFIELD_RO: bitfield(true),
};
