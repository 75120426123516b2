/**
 * Records: what the agents move. A record is frames (packages/core/src/log/frames.ts), log entries of one origin one
 * behind the other, of a bounded size, under the last stamp of them. To the machine and the link it is one entry of
 * opaque bytes: nothing is decoded on the way. Here its frames are only counted, for the meters.
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
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  let count = 0;
  for (let at = 0; at < record.length; count++) {
    if (at + HEAD_BYTES > record.length) return Math.max(count, 1);
    // The upper three bytes of a length are zero: no payload reaches 4 GiB.
    at += HEAD_BYTES + view.getUint32(at + LENGTH_AT + 3);
  }
  return count;
}
