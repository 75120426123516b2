/**
 * What a remote author had not seen of a key, by the logs. Each dot that lives in a key is of an operation that was logged, and
 * what the author had not seen is in each origin's log behind the author's context. So a removal need not look at every part of
 * a large value: at those parts only that these operations name. Everything else was seen.
 *
 * Not where the logs don't tell: where one is trimmed past the context, or keys are ahead of the vector (sync/views.ts); and not
 * where to read them would take as long as to look at each part. Then the answer is undefined, and each part is looked at.
 *
 * Invariant: both ways remove the same, to the last byte of metadata (docs/decisions/0024-removals-by-the-logs.md).
 */
import { host, type Packed } from "../host.js";
import { idOfStamp } from "../clock/stamp.js";
import { logKey } from "../state/names.js";
import { stampOfLog, type Partition } from "../state/partition.js";
import { FRAME_HEAD_BYTES, frameEnd, frameStamp } from "./frames.js";
import { namesNoKey, type Author, type Operation } from "./operation.js";

/** An operation on the key, and the dot that it writes. */
export interface Unseen {
  readonly operation: Operation;
  readonly stamp: number;
  readonly origin: number;
}

/** Reading is to take a fraction of the time that a look at each part takes. */
export const unseenLimits = {
  /** A value of fewer parts is looked at whole. */
  partsMin: 1000,
  /** Rows and bytes of the logs that are read for each part, and at most. */
  rowsPerPart: 0.25,
  rowsMax: 1000000,
  bytesPerPart: 128,
  bytesMax: 268435456,
  /** A named part is looked up in the time in which so many are looked at in order: in a hash, and in a list. */
  partsPerField: 4,
  partsPerPlace: 100,
};

/** Rows read at a time. */
const ROWS = 32;

interface Look {
  readonly key: string;
  readonly found: Unseen[];
  rows: number;
  bytes: number;
}

/** The operations on a key of so many parts that the author had not seen, or undefined. */
export function unseenOf(partition: Partition, key: string, author: Author, parts: number): Unseen[] | undefined {
  const { context } = author;
  const { partsMin, rowsPerPart, rowsMax, bytesPerPart, bytesMax } = unseenLimits;
  if (context === undefined || partition.views !== undefined || parts < partsMin) return undefined;
  const rows = parts * rowsPerPart;
  const bytes = parts * bytesPerPart;
  const look: Look = {
    key,
    found: [],
    rows: rows < rowsMax ? rows : rowsMax,
    bytes: bytes < bytesMax ? bytes : bytesMax,
  };
  for (const origin of partition.live) {
    const after = context[origin] ?? 0;
    const here = partition.vector[origin] ?? 0;
    if (here > after && !readBehind(partition, origin, after, here, look)) return undefined;
  }
  return look.found;
}

/** Notes the operations of the origin after one stamp and up to another; false where the log does not hold all, or too much. */
function readBehind(partition: Partition, origin: number, after: number, here: number, look: Look): boolean {
  const log = logKey(partition.root, partition.origins[origin]!);
  for (let from = after; from < here;) {
    if (look.rows <= 0 || look.bytes <= 0) return false;
    const rows = host.call("XRANGE", log, "(" + idOfStamp(from), "+", "COUNT", ROWS) as [string, string[]][];
    if (rows.length === 0) return false;
    if (from === after && !beginsAfter(rows[0]![1][1]!, after)) return false;
    for (const [, fields] of rows) {
      const frames = fields[1]!;
      look.rows--;
      look.bytes -= frames.length;
      if (frames.indexOf(look.key) >= 0) addFrames(frames, after, origin, look);
    }
    from = stampOfLog(rows[rows.length - 1]![0]);
  }
  return true;
}

/** True where the frames begin with the entry right after the stamp, or before it. */
function beginsAfter(frames: string, stamp: number): boolean {
  if (frameStamp(frames, 0) <= stamp) return true;
  const [previous] = host.unpackOwn(frames.substring(FRAME_HEAD_BYTES, frameEnd(frames, 0))) as Packed[];
  return (previous as number) <= stamp;
}

/** An entry that names the key has its bytes in it: no other is unpacked. */
function addFrames(frames: string, after: number, origin: number, look: Look): void {
  for (let at = 0; at < frames.length;) {
    const stamp = frameStamp(frames, at);
    const end = frameEnd(frames, at)!;
    const payload = stamp > after ? frames.substring(at + FRAME_HEAD_BYTES, end) : "";
    if (payload !== "" && payload.indexOf(look.key) >= 0) addOperations(payload, after, stamp, origin, look);
    at = end;
  }
}

function addOperations(payload: string, after: number, stamp: number, origin: number, look: Look): void {
  const value = host.unpackOwn(payload) as Packed[];
  if (value.length === 3) {
    addNamed(value[2] as Operation[], stamp, origin, look);
    return;
  }
  const units = value[1] as Packed[];
  for (let at = 0; at < units.length; at += 3) {
    const unit = units[at] as number;
    if (unit > after) addNamed(units[at + 2] as Operation[], unit, origin, look);
  }
}

function addNamed(operations: Operation[], stamp: number, origin: number, look: Look): void {
  for (const logged of operations) {
    const operation = logged[0] === "V" ? (logged[2] as Operation) : logged;
    if (operation[1] === look.key && !namesNoKey(operation)) look.found.push({ operation, stamp, origin });
  }
}
