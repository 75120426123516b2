/**
 * An element of a list: a cell of registers without counters (types/cell.ts), under its place. Its first register is its
 * creation; LSET writes over those it saw. It lives while one does, and the value of the latest is the native one.
 *
 * As kept in its record, behind the place:
 *
 *     origin            its creation alone: the stamp is in the place     2 bytes
 *     D stamp origin    one other register                               10 bytes
 *     G msgpack         several: [stamp origin value or false ...]
 */
import { host, type Packed } from "../host.js";
import { decodeDots, encodeDot } from "../state/codec.js";
import { placeEnd, placeStart, recordOf, restOf } from "../state/sequence.js";
import type { Cell, Register } from "./cell.js";
import { stampWithin } from "./list-place.js";

const MARK_BYTES = 2;

/** The origin's index of an element that nothing was written to since its creation; undefined where something was. */
export function creatorOf(record: string): number | undefined {
  const at = record.length - MARK_BYTES;
  return placeEnd(record) === at ? record.charCodeAt(at) * 256 + record.charCodeAt(at + 1) : undefined;
}

/** The stamp of the element's creation. */
export function createdAt(record: string): number {
  return stampWithin(record, placeStart(record), placeEnd(record));
}

export function decodeElement(record: string): Cell {
  const rest = restOf(record);
  const creator = creatorOf(record);
  if (creator !== undefined) return { registers: [register(createdAt(record), creator, false)], counters: [] };
  if (rest.substring(0, 1) === "D") {
    const [stamp, origin] = decodeDots(rest.substring(1))[0]!;
    return { registers: [register(stamp, origin, false)], counters: [] };
  }
  const flat = host.unpackOwn(rest.substring(1)) as Packed[];
  const registers: Register[] = [];
  for (let at = 0; at < flat.length; at += 3) {
    registers.push(register(flat[at] as number, flat[at + 1] as number, flat[at + 2] as string | false));
  }
  return { registers, counters: [] };
}

/** The record of a cell that lives; the winner's value is the native one. */
export function encodeElement(place: string, { registers }: Cell, winner: Register): string {
  if (registers.length === 1) {
    const dot = encodeDot(winner.stamp, winner.origin);
    return recordOf(
      place,
      winner.stamp === stampWithin(place, 0, place.length) ? dot.substring(dot.length - MARK_BYTES) : "D" + dot,
    );
  }
  const flat: Packed[] = [];
  for (const each of registers) flat.push(each.stamp, each.origin, each === winner ? false : each.value!);
  return recordOf(place, "G" + host.pack(flat));
}

function register(stamp: number, origin: number, value: string | false): Register {
  return { stamp, origin, value: value === false ? undefined : value, expiresAt: 0 };
}
