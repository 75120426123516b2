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
/** Read first, to see how large rows are. */
const FIRST_ROWS = 8;

/** The id, and [field, frames]. */
type Row = [string, string[]];

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
  return recordsOf(rowsOf(log, idOfStamp(after), count, bytesMax), after, bytesMax);
}

/**
 * So many rows at most, and no more than hold the bytes: rows may be large, and what is not given away is not to be read. First
 * a few, and then as many as are needed by the size of those.
 */
function rowsOf(log: string, after: string, count: number, bytesMax: number): Row[] {
  const rows: Row[] = [];
  let bytes = 0;
  let from = after;
  let wanted = FIRST_ROWS;
  while (rows.length < count && bytes < bytesMax) {
    if (wanted > count - rows.length) wanted = count - rows.length;
    const next = host.call("XRANGE", log, `(${from}`, "+", "COUNT", wanted) as Row[];
    for (const row of next) {
      rows.push(row);
      bytes += row[1][1]!.length;
    }
    if (next.length < wanted) break;
    from = rows[rows.length - 1]![0];
    wanted = Math.floor(((bytesMax - bytes) * rows.length) / bytes) + 1;
  }
  return rows;
}

function recordsOf(rows: Row[], after: number, bytesMax: number): Reply {
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
