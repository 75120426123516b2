/**
 * Log entries as a stream holds them. In the log of the origin that writes here a stream entry is one log entry:
 * `e <payload>` under its stamp as id. In the copy of another one's log it may be a batch: `<stamp> <payload>` pairs
 * under the last stamp of them. Payloads are bytes and stay so.
 */
import type { Entry } from "../protocol.js";
import { stampOfId } from "../stamps.js";

const OWN_FIELD = "e";

/** The entries after a stamp, of a reply to XRANGE or of one stream of a reply to XREAD, and the bytes read. */
export function entriesOf(reply: unknown, after: number): { entries: Entry<Buffer>[]; bytes: number; rows: number } {
  if (!Array.isArray(reply)) throw new RangeError("no list of stream entries");
  const entries: Entry<Buffer>[] = [];
  let bytes = 0;
  for (const row of reply) {
    const [id, fields] = row as [Buffer, Buffer[]];
    if (fields.length === 2 && fields[0]!.length === 1 && fields[0]!.toString("latin1") === OWN_FIELD) {
      bytes += fields[1]!.length;
      take(entries, after, stampOfId(id.toString("latin1")), fields[1]!);
      continue;
    }
    for (let at = 0; at + 1 < fields.length; at += 2) {
      const payload = fields[at + 1]!;
      bytes += payload.length;
      take(entries, after, stampOfField(fields[at]!), payload);
    }
  }
  return { entries, bytes, rows: reply.length };
}

function take(entries: Entry<Buffer>[], after: number, stamp: number, payload: Buffer): void {
  if (stamp > after) entries.push({ stamp, payload });
}

function stampOfField(field: Buffer): number {
  const stamp = Number(field.toString("latin1"));
  if (!Number.isSafeInteger(stamp) || stamp <= 0) throw new RangeError("a field of a log that is no stamp");
  return stamp;
}
