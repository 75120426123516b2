/**
 * The records of a stream, one an entry, in the order of the ids (state/sequence.ts). What is kept about an entry:
 *
 *     origin (2 bytes)              one dot, whose stamp the id tells: the id was made from it
 *     stamp, origin (9 bytes)       one dot
 *     msgpack [stamp origin fields ...]   several: regions added different entries under one id. The latest shows; its
 *                                   fields are the native ones (false here), those of the others are kept
 */
import { stampAt, stampMs } from "../clock/stamp.js";
import { host, type Packed } from "../host.js";
import { covers } from "../types/cell.js";
import { packNumber, REGIONS_MAX } from "../types/stream-id.js";
import { decodeDots, DOT_BYTES, encodeDot } from "./codec.js";
import { isAfter, type Partition, type Vector } from "./partition.js";
import { placeOf, recordOf, restOf } from "./sequence.js";

/** One of the entries added under an id. */
export interface EntryRegister {
  readonly stamp: number;
  readonly origin: number;
  /** Undefined where they are the native ones. */
  readonly fields: string[] | undefined;
}

const ORIGIN_BYTES = 2;

/** The dot tells the id but for the region's own part of the sequence. */
function madeFrom(place: string, stamp: number): boolean {
  const ms = packNumber(stampMs(stamp));
  return place.substring(0, ms.length) === ms && stampOfPlace(place) === stamp;
}

/** The stamp that an id with this place was made from, if it was. */
function stampOfPlace(place: string): number {
  const size = place.charCodeAt(0);
  const ms = numberAt(place, 0);
  const seq = numberAt(place, 1 + size);
  return stampAt(ms) + Math.floor(seq / REGIONS_MAX);
}

function numberAt(place: string, from: number): number {
  const end = from + 1 + place.charCodeAt(from);
  let value = 0;
  for (let at = from + 1; at < end; at++) value = value * 256 + place.charCodeAt(at);
  return value;
}

/** The record of an entry that one region added. */
export function plainRecord(place: string, stamp: number, origin: number): string {
  const dot = encodeDot(stamp, origin);
  return recordOf(place, madeFrom(place, stamp) ? dot.substring(DOT_BYTES - ORIGIN_BYTES) : dot);
}

/** What was added under one id; the one that shows comes first. */
export function sortRegisters(partition: Partition, registers: EntryRegister[]): EntryRegister[] {
  return registers.sort((a, b) => (isAfter(partition, a.stamp, a.origin, b.stamp, b.origin) ? -1 : 1));
}

/** The record; the first of the registers shows. */
export function encodeRecord(place: string, registers: EntryRegister[]): string {
  const shown = registers[0]!;
  if (registers.length === 1) return plainRecord(place, shown.stamp, shown.origin);
  const flat: Packed[] = [];
  for (const register of registers) {
    const { stamp, origin, fields } = register;
    flat.push(stamp, origin, register === shown || fields === undefined ? false : fields);
  }
  return recordOf(place, host.pack(flat));
}

export function decodeRecord(record: string): EntryRegister[] {
  const rest = restOf(record);
  if (rest.length === ORIGIN_BYTES) {
    const origin = rest.charCodeAt(0) * 256 + rest.charCodeAt(1);
    return [{ stamp: stampOfPlace(placeOf(record)), origin, fields: undefined }];
  }
  if (rest.length === DOT_BYTES) {
    const [stamp, origin] = decodeDots(rest)[0]!;
    return [{ stamp, origin, fields: undefined }];
  }
  const flat = host.unpackOwn(rest) as Packed[];
  const registers: EntryRegister[] = [];
  for (let at = 0; at < flat.length; at += 3) {
    const fields = flat[at + 2]!;
    registers.push({
      stamp: flat[at] as number,
      origin: flat[at + 1] as number,
      fields: fields === false ? undefined : (fields as string[]),
    });
  }
  return registers;
}

/** The registers that somebody with this context had not seen. */
export function uncoveredRegisters(registers: EntryRegister[], context: Vector | undefined): EntryRegister[] {
  const left: EntryRegister[] = [];
  for (const register of registers) {
    if (!covers(context, register.stamp, register.origin)) left.push(register);
  }
  return left;
}

/** True where somebody with this context had seen all that was added under the id. */
export function isRecordSeen(record: string, context: Vector | undefined): boolean {
  return context === undefined || uncoveredRegisters(decodeRecord(record), context).length === 0;
}
