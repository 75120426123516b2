/**
 * What is kept about the parts of a value that is adopted: written beside the native value, which is only read. Page by page,
 * into any key; a value that nobody writes to meanwhile is whole when the last page is done.
 */
import { marks } from "../clock/origin.js";
import { callInPieces, host } from "../host.js";
import type { NativeEntry } from "../effects/stream-native.js";
import type { Adoption } from "../state/adopting.js";
import { encodeDot, type AggregateCode } from "../state/codec.js";
import type { Partition } from "../state/partition.js";
import { placeOf, recordOf } from "../state/sequence.js";
import { plainRecord } from "../state/stream-record.js";
import { indexText, pushStem } from "../types/list-place.js";
import { idOfPlace, placeOfId } from "../types/stream-id.js";

/** Parts of a page; about so many, where the server scans. */
export const ADOPTED_PAGE = 1000;
/** The first cursor, and the one that follows the last page. */
export const FIRST_PAGE = "0";

/** Of the types whose parts are kept; a HyperLogLog has none. */
export const SIZE_COMMANDS: Record<string, string | undefined> = {
  h: "HLEN",
  e: "SCARD",
  z: "ZCARD",
  l: "LLEN",
  x: "XLEN",
};

const SCANS: Record<string, string | undefined> = { h: "HSCAN", e: "SSCAN", z: "ZSCAN" };

/** How many parts are kept in a side key. */
export function keptParts(code: AggregateCode, side: string): number {
  return host.call(code === "l" || code === "x" ? "LLEN" : "HLEN", side) as number;
}

/** One page of the native value into `side`; the cursor of the next. */
export function keepPage(
  partition: Partition,
  adoption: Adoption,
  code: AggregateCode,
  native: string,
  side: string,
  cursor: string,
): string {
  if (code === "l") return keepElements(partition, adoption, native, side);
  if (code === "x") return keepEntries(adoption, native, side);
  const command = SCANS[code];
  if (command === undefined) return FIRST_PAGE;
  const [next, flat] = host.call(command, native, cursor, "COUNT", ADOPTED_PAGE) as [string, string[]];
  const dot = encodeDot(adoption.stamp, adoption.origin);
  const kept: string[] = [];
  if (code === "e") for (const member of flat) kept.push(member, dot);
  else for (let at = 0; at < flat.length; at += 2) kept.push(flat[at]!, "S" + dot);
  if (kept.length > 0) callInPieces("HSET", side, kept);
  return next;
}

/** As many records as there are say where to go on. */
function keepElements(partition: Partition, { stamp, origin }: Adoption, native: string, side: string): string {
  const from = host.call("LLEN", side) as number;
  const size = host.call("LLEN", native) as number;
  const to = from + ADOPTED_PAGE < size ? from + ADOPTED_PAGE : size;
  const stem = pushStem("w", stamp, partition.tags[origin]!);
  const mark = marks[origin]!;
  const records: string[] = [];
  for (let index = from; index < to; index++) records.push(recordOf(stem + indexText("w", index), mark));
  if (records.length > 0) callInPieces("RPUSH", side, records);
  return to < size ? host.integerText(to) : FIRST_PAGE;
}

function keepEntries({ stamp, origin }: Adoption, native: string, side: string): string {
  const last = host.call("LINDEX", side, -1);
  const from = typeof last === "string" ? "(" + idOfPlace(placeOf(last)) : "-";
  const entries = host.call("XRANGE", native, from, "+", "COUNT", ADOPTED_PAGE) as NativeEntry[];
  const records: string[] = [];
  for (const [id] of entries) records.push(plainRecord(placeOfId(id), stamp, origin));
  if (records.length > 0) callInPieces("RPUSH", side, records);
  return entries.length < ADOPTED_PAGE ? FIRST_PAGE : entries[entries.length - 1]![0];
}
