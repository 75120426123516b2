/**
 * The operations on one key that a region's logs still hold, the latest of them: who wrote what at which stamp, and which
 * of them had not seen each other.
 *
 * 1. A log is read backwards in pages; what lies before the oldest page of any of them is left out, so that of what is told
 *    it is known what had been seen.
 * 2. An entry has seen another where its origin learnt of that between the two: stamps follow all that was seen.
 * 3. Entries are unpacked only where the key stands in them, or between two of its operations: most are about other keys.
 */
import { decodeFrames, streamIdOf, type FramedEntry } from "@meridian/core";
import type { Engine } from "@meridian/engine";
import { agentLimits } from "../../limits.js";
import { partitionsOf, type Partition } from "../../partitions/partitions.js";
import { answerVerify } from "../../verify/answers.js";
import type { VerifyAnswers } from "../../verify/documents.js";
import type { KeyOperation } from "./documents.js";
import { entriesOf, mayConcern, type LogEntry } from "./log-entries.js";
import { operationWords } from "./operation-words.js";
import type { KeyLogAnswer } from "./questions.js";

/** With the letter that says what kind of operation it is (the core's log/operation.ts). */
export interface LoggedOperation extends KeyOperation {
  code: string;
  /** Stamps of those in the list that it had seen. */
  seen: number[];
}

export interface KeyLogWanted {
  key: Buffer;
  /** Nothing older. */
  sinceMs: number;
  /** Rows of each log that are read at most. */
  rows: number;
}

export async function readKeyLog(engine: Engine, wanted: KeyLogWanted): Promise<KeyLogAnswer> {
  const partition = partitionsOf(engine).of(wanted.key);
  const { vectors } = (await answerVerify(engine, {
    kind: "vectors",
    partitions: [partition.index],
  })) as VerifyAnswers["vectors"];
  const logs: OriginLog[] = [];
  for (const origin of Object.keys(vectors[partition.index] ?? {})) {
    logs.push(await readLog(partition, origin, wanted));
  }
  const floor = Math.max(0, ...logs.map((log) => log.from));
  const name = wanted.key.toString("latin1");
  const found = logs
    .flatMap((log) => operationsIn(log, name, floor))
    .toSorted((a, b) => a.stamp - b.stamp || (a.origin < b.origin ? -1 : 1));
  const operations = found.slice(-agentLimits.historyMax);
  relate(operations, new Map(logs.map((log) => [log.origin, log])));
  return { operations, whole: floor === 0 && operations.length === found.length };
}

interface OriginLog {
  origin: string;
  /** In the order of their stamps. */
  frames: FramedEntry[];
  /** Older ones were not read; 0: all were. */
  from: number;
}

async function readLog(partition: Partition, origin: string, { sinceMs, rows }: KeyLogWanted): Promise<OriginLog> {
  const log: OriginLog = { origin, frames: [], from: 0 };
  const name = `${partition.root}:log:${origin}`;
  let end = "+";
  let [left, bytesLeft]: [number, number] = [rows, agentLimits.historyBytesMax];
  for (;;) {
    const count = Math.min(agentLimits.historyRowsPage, left);
    const reply = await partition.commandBuffer("XREVRANGE", name, end, String(sinceMs), "COUNT", String(count));
    const page = reply as [Buffer, Buffer[]][];
    for (const [, fields] of page) {
      const frames = (fields[1] ?? Buffer.alloc(0)).toString("latin1");
      bytesLeft -= frames.length;
      log.frames.push(...decodeFrames(frames).toReversed());
    }
    const last = page.at(-1)?.[0];
    left -= page.length;
    if (last === undefined || page.length < count) break;
    if (left <= 0 || bytesLeft <= 0) {
      log.from = log.frames.at(-1)?.stamp ?? 0;
      break;
    }
    end = `(${last.toString("latin1")}`;
  }
  log.frames.reverse();
  return log;
}

function operationsIn(log: OriginLog, key: string, floor: number): LoggedOperation[] {
  const region = log.origin.slice(0, log.origin.lastIndexOf("~"));
  const entries = log.frames.flatMap((frame) => (mayConcern(frame, key) ? entriesOf(frame) : []));
  return entries.flatMap(({ stamp, operations }) => {
    if (stamp < floor) return [];
    return operations.flatMap(({ operation }): LoggedOperation[] => {
      const code = String(operation[0]);
      if (code !== "Z" && (operation[1] !== key || NO_KEY.has(code))) return [];
      const id = streamIdOf(stamp);
      const atMs = Number(id.slice(0, id.indexOf("-")));
      const { origin } = log;
      return [{ region, origin, stamp, id, atMs, ...operationWords(operation), code, concurrentWith: [], seen: [] }];
    });
  });
}

/** What follows the letter is no key. */
const NO_KEY = new Set(["M", "m", "Q", "f", "w"]);

function relate(operations: readonly LoggedOperation[], logs: ReadonlyMap<string, OriginLog>): void {
  const origins = new Set(operations.map(({ origin }) => origin));
  const known = new Map<string, Map<number, Map<string, number>>>();
  if (origins.size > 1) for (const [origin, log] of logs) known.set(origin, knownAt(log, operations));
  for (const [at, later] of operations.entries()) {
    const had = known.get(later.origin)?.get(later.stamp);
    for (const earlier of operations.slice(0, at)) {
      if (earlier.origin === later.origin || (had?.get(earlier.origin) ?? 0) >= earlier.stamp) {
        later.seen.push(earlier.stamp);
      } else {
        later.concurrentWith.push(earlier.stamp);
        earlier.concurrentWith.push(later.stamp);
      }
    }
  }
}

/** What the origin had of each other one when it wrote the operations, as far as its log says. */
function knownAt(log: OriginLog, operations: readonly LoggedOperation[]): Map<number, Map<string, number>> {
  const wanted = new Set(operations.filter(({ origin }) => origin === log.origin).map(({ stamp }) => stamp));
  const known = new Map<string, number>();
  const at = new Map<number, Map<string, number>>();
  for (const entry of between(log, operations)) {
    const isWanted = wanted.has(entry.stamp);
    for (const [origin, stamp] of entry.learnt) raise(known, origin, stamp);
    if (!isWanted) continue;
    for (const { learnt } of entry.operations) for (const [origin, stamp] of learnt) raise(known, origin, stamp);
    at.set(entry.stamp, new Map(known));
  }
  return at;
}

/** What was learnt before the first of them is of nothing among them, and what came after the last in no account. */
function* between({ frames }: OriginLog, operations: readonly LoggedOperation[]): Generator<LogEntry> {
  const [first, last] = [operations[0]?.stamp ?? 0, operations.at(-1)?.stamp ?? 0];
  for (const frame of frames) {
    if (frame.stamp < first) continue;
    yield* entriesOf(frame);
    if (frame.stamp >= last) return;
  }
}

function raise(known: Map<string, number>, origin: string, stamp: number): void {
  if (stamp > (known.get(origin) ?? 0)) known.set(origin, stamp);
}
