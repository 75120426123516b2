/**
 * Reading logs for other regions: frames in records of a bounded size, so that an agent moves bytes, not entries.
 */
import { host, integerOf, type Reply } from "../host.js";
import { idOfStamp } from "../clock/stamp.js";
import { logKey } from "../state/names.js";
import { stampOfLog, type Partition } from "../state/partition.js";
import { framesAfter } from "./frames.js";

/** A record ends after so much: it is what a receiving server applies in one step. */
const RECORD_ROWS_MAX = 256;
const RECORD_BYTES_MAX = 32768;
/** Rows of one call: bounds how long the server serves nobody else. */
const ROWS_MAX = 1024;

/** read origin after rows bytes: [last stamp, frames, ...], nothing where the log ends at `after`. */
export function readLog(partition: Partition, args: string[]): Reply {
  const after = integerOf(args[2] ?? "");
  const rowsMax = integerOf(args[3] ?? "");
  const bytesMax = integerOf(args[4] ?? "");
  if (!(after >= 0) || !(rowsMax > 0) || !(bytesMax > 0)) {
    return { err: "MERIDIAN_BADREAD read takes an origin, a stamp, a number of rows and a number of bytes" };
  }
  const count = rowsMax < ROWS_MAX ? rowsMax : ROWS_MAX;
  const log = logKey(partition.root, args[1]!);
  const rows = host.call("XRANGE", log, `(${idOfStamp(after)}`, "+", "COUNT", count) as [string, string[]][];
  return recordsOf(rows, after, bytesMax);
}

function recordsOf(rows: [string, string[]][], after: number, bytesMax: number): Reply {
  const records: Reply[] = [];
  let parts: string[] = [];
  let bytes = 0;
  let total = 0;
  for (let index = 0; index < rows.length; index++) {
    const [id, fields] = rows[index]!;
    const frames = index === 0 ? framesAfter(fields[1]!, after) : fields[1]!;
    parts.push(frames);
    bytes += frames.length;
    total += frames.length;
    const isLast = index + 1 === rows.length || total >= bytesMax;
    if (isLast || bytes >= RECORD_BYTES_MAX || parts.length >= RECORD_ROWS_MAX) {
      records.push(host.integerText(stampOfLog(id)), parts.join(""));
      parts = [];
      bytes = 0;
    }
    if (isLast) break;
  }
  return records;
}
