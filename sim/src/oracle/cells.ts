/** Strings, hashes and sorted sets: texts with numbers counted on top. */
import { decimalText, parseDecimal } from "@meridian/testkit";
import { every, oneOf, type Alive, type Parts, type Piece, type TypeCode, type TypeRule } from "./pieces.js";

const INT64_MAX = 2n ** 63n - 1n;
const SCALE = 10n ** 17n;

function register(type: TypeCode, field: string, text: string, expiresAtMs: number): Piece {
  return { kind: "register", type, field, text, expiresAtMs };
}

function increment(type: TypeCode, field: string, args: unknown[]): Parts {
  const by = decimal(args[4] as string) - (args[2] === false ? 0n : decimal(args[2] as string));
  return { pieces: [{ kind: "increment", type, field, by, isFloat: args[5] === 1 }], keep: args[6] };
}

function decimal(text: string): bigint {
  const value = parseDecimal(text);
  if (typeof value !== "bigint") throw new Error(`a sum that is no number: ${text}`);
  return value;
}

/** The highest register, plus the increments where it is a number. Pieces come newest first. */
export function cellText(pieces: Alive[]): string {
  const registers = pieces.flatMap(({ piece }) => (piece.kind === "register" ? [piece.text] : []));
  const increments = pieces.flatMap(({ piece }) => (piece.kind === "increment" ? [piece] : []));
  const base = registers[0] ?? "0";
  const number = parseDecimal(base);
  if (increments.length === 0 || typeof number !== "bigint") return base;
  const total = increments.reduce((sum, { by }) => sum + by, number);
  const isInteger = total % SCALE === 0n && !increments.some(({ isFloat }) => isFloat);
  if (isInteger && total / SCALE > INT64_MAX) return INT64_MAX.toString();
  if (isInteger && total / SCALE < -INT64_MAX - 1n) return (-INT64_MAX - 1n).toString();
  return decimalText(total);
}

/** The text of each field that has pieces, in the order of the names. */
function fieldTexts(pieces: Alive[]): [string, string][] {
  const names = [...new Set(pieces.map(({ piece }) => ("field" in piece ? piece.field : "")))].sort();
  return names.map((name) => [name, cellText(pieces.filter(({ piece }) => "field" in piece && piece.field === name))]);
}

function writes(type: TypeCode) {
  return ([items, keep]: unknown[]): Parts => {
    const fields = every(items, 3);
    return {
      pieces: fields.map((field, at) => register(type, field, (items as string[])[at * 3 + 1]!, -1)),
      takes: oneOf(fields),
      keep,
    };
  };
}

function removes([items, emptied, keep]: unknown[]): Parts {
  return { pieces: [], takes: oneOf(every(items, 2)), keep, emptied: emptied === 1 };
}

function putPairs(type: TypeCode) {
  return (value: unknown): Piece[] => {
    const items = value as string[];
    return items.flatMap((field, at) => (at % 2 === 0 ? [register(type, field, items[at + 1]!, -1)] : []));
  };
}

export const stringRule: TypeRule = {
  code: "s",
  name: "string",
  operations: {
    A: ([text, , keep, drops]) => ({
      pieces: [register("s", "", text as string, -1)],
      takes: () => true,
      keep,
      dropsDeadlines: drops === 1,
    }),
  },
  put: (value) => [register("s", "", value as string, -1)],
  value: cellText,
};

export const hashRule: TypeRule = {
  code: "h",
  name: "hash",
  operations: { H: writes("h"), R: removes },
  put: putPairs("h"),
  value: fieldTexts,
};

export const sortedSetRule: TypeRule = {
  code: "z",
  name: "zset",
  operations: { Y: writes("z"), U: removes, J: (args) => increment("z", args[0] as string, args) },
  put: putPairs("z"),
  value: (pieces) => fieldTexts(pieces).map(([member, text]): [string, string] => [member, String(scoreNumber(text))]),
};

function scoreNumber(text: string): number {
  if (text === "inf") return Infinity;
  return text === "-inf" ? -Infinity : Number(text);
}

/** I, of a string or of a hash field. */
export function incrementParts(args: unknown[]): Parts & { type: TypeCode } {
  const type = args[0] === false ? "s" : "h";
  return { type, ...increment(type, type === "s" ? "" : (args[0] as string), args) };
}
