/**
 * Reads a backlog in runs (packages/core/src/log/run.ts): piece after piece of the log, until enough is left of it for one answer. The
 * pieces are small, so that nothing else in this process waits long; entries that are too young end it, and are read again.
 */
import { decodeFrames, encodeFrames, RunBuilder, type FramedEntry } from "@meridian/core";
import type { ReplicaLimits } from "../limits.js";
import type { Backlog, Entry } from "../protocol.js";
import { stampIn } from "../vector.js";
import { adapterLimits } from "./limits.js";
import type { ReadCommand } from "./log-reader.js";

export type RunLimits = Pick<ReplicaLimits, "runEntriesMax" | "runOperationsMax" | "runBytesMax">;
type Fetch = (piece: ReadCommand) => Promise<readonly Entry<Buffer>[]>;

export async function readRuns(
  command: ReadCommand,
  { to, there, borders }: Backlog,
  limits: RunLimits,
  fetch: Fetch,
): Promise<readonly Entry<Buffer>[]> {
  const builder = new RunBuilder({
    origin: command.origin,
    isThere: (origin, stamp) => stampIn(there, origin) >= stamp,
    isBorder: (stamp) => borders.has(stamp),
    entriesMax: limits.runEntriesMax,
    operationsMax: limits.runOperationsMax,
    bytesMax: limits.runBytesMax,
  });
  let after = command.after;
  for (let taken = 0; after < to && taken < limits.runEntriesMax && builder.bytes < command.bytesMax;) {
    const bytesMax = Math.min(command.bytesMax, adapterLimits.runPieceBytes);
    const records = await fetch({ ...command, after, bytesMax });
    const last = records.at(-1);
    if (last === undefined) break;
    const entries = records.flatMap(({ payload }) => decodeFrames(payload.toString("latin1")));
    const old = entries.filter(({ stamp }) => stamp <= to);
    if (taken === 0 && old.length === 0) return records;
    for (const entry of old) builder.add(entry);
    taken += old.length;
    after = last.stamp;
  }
  return recordsOfFrames(builder.finish());
}

/** Records of some size each, as the library's `read` makes them. */
function recordsOfFrames(frames: readonly FramedEntry[]): Entry<Buffer>[] {
  const records: Entry<Buffer>[] = [];
  let part: FramedEntry[] = [];
  let bytes = 0;
  for (const [at, frame] of frames.entries()) {
    part.push(frame);
    bytes += frame.payload.length;
    if (at + 1 < frames.length && bytes < adapterLimits.recordBytesMax && part.length < adapterLimits.recordEntriesMax)
      continue;
    records.push({ stamp: frame.stamp, payload: Buffer.from(encodeFrames(part), "latin1") });
    part = [];
    bytes = 0;
  }
  return records;
}
