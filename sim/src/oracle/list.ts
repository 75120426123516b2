/**
 * Lists: every element ever put in, in the order of the places, that a write which no removal saw still holds. An element's
 * field is its place, as bytes: what was pushed left, then whole values, then what was pushed right, each in the order of
 * the stamps and of the elements in their unit (to the left turned around); what was inserted, where its prefix says.
 */
import { createHash } from "node:crypto";
import type { Event } from "../history.js";
import type { Alive, Piece, TypeRule } from "./pieces.js";

const ends = { l: 100, w: 150, r: 200 } as const;
const LARGEST_STAMP = 2n ** 53n - 1n;

function bytes(...parts: (Buffer | number)[]): string {
  return Buffer.concat(parts.map((part) => (typeof part === "number" ? Buffer.of(part) : part))).toString("latin1");
}

function stampBytes(stamp: bigint): Buffer {
  const all = Buffer.alloc(8);
  all.writeBigUInt64BE(stamp);
  return all.subarray(1);
}

function tagOf(origin: string): Buffer {
  return createHash("sha1").update(origin, "latin1").digest().subarray(0, 4);
}

/** Four digits from 1 to 255. */
function digits(index: number): number[] {
  return [255 ** 3, 255 ** 2, 255, 1].map((unit) => 1 + (Math.floor(index / unit) % 255));
}

/** The place of the element that an entry pushed as its `index`th. */
export function pushedPlace(side: "l" | "w" | "r", { entry }: Event, index: number): string {
  const end = index < 249 ? [index + 1] : [251, ...digits(index - 249)];
  const stamp = BigInt(entry.stamp);
  return side === "l"
    ? bytes(ends.l, stampBytes(LARGEST_STAMP - stamp), tagOf(entry.origin), ...end.map((digit) => 256 - digit))
    : bytes(ends[side], stampBytes(stamp), tagOf(entry.origin), ...end);
}

function insertedPlace(prefix: string, { entry }: Event, index: number): string {
  return prefix + bytes(stampBytes(BigInt(entry.stamp)), tagOf(entry.origin), ...digits(index));
}

function element(field: string, text: string): Piece {
  return { kind: "register", type: "l", field, text, expiresAtMs: -1 };
}

/** Whether the place lies in one of the ranges [from to ...]. */
function isIn(ranges: readonly string[], place: string): boolean {
  return ranges.some((from, at) => {
    if (at % 2 === 1) return false;
    const to = ranges[at + 1] === "" ? from : ranges[at + 1]!;
    return from <= place && place <= to;
  });
}

/** Of each element the latest text; pieces come newest first. */
function items(pieces: Alive[]): string[] {
  const latest = new Map<string, string>();
  for (const { piece } of pieces) {
    if (piece.kind === "register" && !latest.has(piece.field)) latest.set(piece.field, piece.text);
  }
  return [...latest].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, text]) => text);
}

export const listRule: TypeRule = {
  code: "l",
  name: "list",
  operations: {
    L: ([side, first, values, keep], event) => ({
      pieces: (values as string[]).map((text, at) =>
        element(pushedPlace(side as "l" | "r", event, Number(first) + at), text),
      ),
      keep,
    }),
    N: ([prefix, index, text, keep], event) => ({
      pieces: [element(insertedPlace(prefix as string, event, Number(index)), text as string)],
      keep,
    }),
    W: ([place, text, keep]) => ({
      pieces: [element(place as string, text as string)],
      takes: (field) => field === place,
      keep,
    }),
    B: ([ranges, emptied, keep]) => ({
      pieces: [],
      takes: (field) => isIn(ranges as string[], field),
      keep,
      emptied: emptied === 1,
    }),
  },
  put: (value, event) => (value as string[]).map((text, at) => element(pushedPlace("w", event, at), text)),
  value: items,
};
