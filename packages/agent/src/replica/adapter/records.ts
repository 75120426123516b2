/**
 * Records: what the agents move. A record is frames (packages/core/src/log/frames.ts), log entries of one origin one
 * behind the other, of a bounded size, under the last stamp of them. To the machine and the link it is one entry of
 * opaque bytes: nothing is decoded on the way. Here its frames are only counted, for the meters, and told apart where a
 * call takes but some of them.
 */
import type { Entry } from "../protocol.js";

/** Stamp and length of a frame, 7 bytes each. */
const HEAD_BYTES = 14;
const LENGTH_AT = 7;

/** The records of a reply to `read`: [last stamp, frames, ...]. */
export function recordsOf(reply: unknown): Entry<Buffer>[] {
  if (!Array.isArray(reply) || reply.length % 2 !== 0) throw new RangeError("no records came back");
  const records: Entry<Buffer>[] = [];
  for (let at = 0; at < reply.length; at += 2) {
    const stamp = Number(String(reply[at]));
    const payload: unknown = reply[at + 1];
    if (!Number.isSafeInteger(stamp) || stamp <= 0 || !Buffer.isBuffer(payload)) {
      throw new RangeError("a record without a stamp");
    }
    records.push({ stamp, payload });
  }
  return records;
}

/** How many entries a record holds; damaged frames count as one, for the server will refuse them. */
export function entriesIn(record: Uint8Array): number {
  const view = viewOf(record);
  let count = 0;
  for (let at = 0; at < record.length; count++) {
    if (at + HEAD_BYTES > record.length) return Math.max(count, 1);
    at += HEAD_BYTES + lengthAt(view, at);
  }
  return count;
}

/** The frames after the stamp, `entriesMax` at most, joined. Damaged ones are given as they are, to be refused. */
export function framesAfter(records: readonly Entry<Uint8Array>[], after: number, entriesMax: number): Buffer {
  const parts: Uint8Array[] = [];
  let room = entriesMax;
  for (const { payload } of records) {
    if (room <= 0) break;
    const view = viewOf(payload);
    let from = 0;
    while (from < payload.length && isWhole(view, from) && stampAt(view, from) <= after) from = frameEnd(view, from);
    let to = room === Infinity ? payload.length : from;
    for (; to < payload.length && room > 0; room--) to = frameEnd(view, to);
    parts.push(payload.subarray(from, to));
  }
  return Buffer.concat(parts);
}

function viewOf(record: Uint8Array): DataView {
  return new DataView(record.buffer, record.byteOffset, record.byteLength);
}

/** Where the frame ends; the end of the record where it is damaged. */
function frameEnd(view: DataView, from: number): number {
  return isWhole(view, from) ? from + HEAD_BYTES + lengthAt(view, from) : view.byteLength;
}

function isWhole(view: DataView, from: number): boolean {
  const begin = from + HEAD_BYTES;
  return begin <= view.byteLength && begin + lengthAt(view, from) <= view.byteLength;
}

/** The upper three bytes of a length are zero: no payload reaches 4 GiB. */
function lengthAt(view: DataView, from: number): number {
  return view.getUint32(from + LENGTH_AT + 3);
}

function stampAt(view: DataView, from: number): number {
  return (view.getUint32(from) >>> 8) * 2 ** 32 + view.getUint32(from + 3);
}
