/**
 * One region's answers to what `verify` asks: calls of the library, each bounded, as many as fit a short time, so that neither the
 * server nor the agent is held up. Tallies and keys are bytes; here they become text.
 */
import { explainError, type Engine } from "@meridian/engine";
import { textOf } from "../errors.js";
import { partitionsOf, type Partition, type Partitions } from "../partitions/partitions.js";
import type {
  BucketsAnswer,
  KeyAnswer,
  KeyProblem,
  Layout,
  PartitionVectors,
  SalvageAnswer,
  TalliesAnswer,
  StampVector,
  VerifyAnswer,
  VerifyAnswers,
  VerifyQuestion,
} from "./documents.js";
import { bucketsIn, layoutOf, partitionOfBucket } from "./layout.js";
import { verifyLimits } from "./limits.js";
import { straysOfNodes } from "./node-strays.js";

export async function answerVerify(engine: Engine, question: VerifyQuestion): Promise<VerifyAnswer> {
  try {
    return await answer(engine, partitionsOf(engine), question);
  } catch (error) {
    throw new Error(explainError(textOf(error)), { cause: error });
  }
}

async function answer(engine: Engine, partitions: Partitions, question: VerifyQuestion): Promise<VerifyAnswer> {
  switch (question.kind) {
    case "layout":
      return layoutOf(partitions);
    case "tallies":
      return tallies(partitions, layoutOf(partitions), question.from);
    case "strays":
      return engine.slots === undefined
        ? strays(partitions.at(0), question.cursor)
        : straysOfNodes(engine.slots, partitions, question.cursor);
    case "buckets":
      return buckets(partitions, layoutOf(partitions), question.buckets);
    case "vectors":
      return { vectors: await vectors(partitions, question.partitions) };
    default:
      return answerOfKey(partitions, question);
  }
}

type KeyQuestion = Extract<VerifyQuestion, { keyBase64: string }>;

function answerOfKey(partitions: Partitions, question: KeyQuestion): Promise<VerifyAnswer> {
  const key = Buffer.from(question.keyBase64, "base64");
  const partition = partitions.of(key);
  switch (question.kind) {
    case "key":
      return readKey(partition, key, question.cursor);
    case "salvage":
      return salvage(partition, key);
    case "discard":
      return discard(partition, key, question.fingerprint);
    case "adopt":
      return adopt(partition, key, question.fingerprint);
  }
}

/** True until the time of one answer is over. */
function hasTime(startedAt: number): boolean {
  return performance.now() - startedAt < verifyLimits.answerMs;
}

/** Of some buckets after each other. Partitions begin together, and share one step of the server's time; most are done with that. */
async function tallies(partitions: Partitions, layout: Layout, from: number): Promise<TalliesAnswer> {
  const startedAt = performance.now();
  const found: TalliesAnswer = { next: from, keys: 0, talliesBase64: "", problems: [], largeBase64: [] };
  const bytes: Buffer[] = [];
  const digest = (index: number, bucket: number, budget: number): Promise<unknown> =>
    partitions.at(index).callBuffer("digest", "buckets", String(bucket), String(Math.ceil(budget)));
  while (found.next < bucketsIn(layout)) {
    const first = partitionOfBucket(layout, found.next);
    let bucket = found.next - first * layout.buckets;
    const count = bucket > 0 ? 1 : Math.min(verifyLimits.partitionsAtOnce, layout.partitions - first);
    const indexes = Array.from({ length: count }, (_, offset) => first + offset);
    const replies = await Promise.all(indexes.map((index) => digest(index, bucket, verifyLimits.stepBudget / count)));
    for (const [offset, index] of indexes.entries()) {
      bucket = takeTallies(found, bytes, replies[offset]);
      while (bucket < layout.buckets && hasTime(startedAt)) {
        bucket = takeTallies(found, bytes, await digest(index, bucket, verifyLimits.stepBudget));
      }
      found.next = index * layout.buckets + bucket;
      if (bucket < layout.buckets) break;
    }
    if (!hasTime(startedAt)) break;
  }
  return { ...found, talliesBase64: Buffer.concat(bytes).toString("base64") };
}

/** The bucket after it, in its partition. */
function takeTallies(found: TalliesAnswer, bytes: Buffer[], reply: unknown): number {
  const [next, keys, digests, problems, large] = reply as [number, number, Buffer, Buffer[], Buffer[]];
  found.keys += keys;
  bytes.push(digests);
  for (let at = 0; at + 1 < problems.length; at += 2) {
    found.problems.push({ keyBase64: base64(problems[at]), problem: problemOf(problems[at + 1]) ?? "value" });
  }
  found.largeBase64.push(...large.map(base64));
  return next;
}

async function strays(partition: Partition, cursor: string): Promise<VerifyAnswers["strays"]> {
  const startedAt = performance.now();
  const found = { next: cursor, keys: 0, straysBase64: [] as string[] };
  do {
    const reply = await partition.callBuffer("digest", "strays", found.next, String(verifyLimits.strayStep));
    const [next, keys, names] = reply as [Buffer, number, Buffer[]];
    found.next = String(next);
    found.keys += keys;
    found.straysBase64.push(...names.map(base64));
  } while (found.next !== "0" && hasTime(startedAt));
  return found;
}

async function buckets(partitions: Partitions, layout: Layout, wanted: readonly number[]): Promise<BucketsAnswer> {
  const found: BucketsAnswer = { keys: [], largeBase64: [] };
  for (const bucket of wanted) {
    const partition = partitions.at(partitionOfBucket(layout, bucket));
    const inPartition = bucket - partition.index * layout.buckets;
    const reply = await partition.callBuffer("digest", "keys", String(inPartition));
    const [, rows, large] = reply as [Buffer[], Buffer[], Buffer[]];
    for (let at = 0; at + 4 < rows.length; at += 5) {
      found.keys.push({
        keyBase64: base64(rows[at]),
        tally: hex(rows[at + 1]),
        kept: hex(rows[at + 2]) ?? "",
        problem: problemOf(rows[at + 3]),
        deadlineMs: Number(String(rows[at + 4])),
      });
    }
    found.largeBase64.push(...large.map(base64));
  }
  return found;
}

async function readKey(partition: Partition, key: Buffer, cursor: string): Promise<KeyAnswer> {
  const reply = await partition.callBuffer("digest", "key", key, cursor);
  const [flatVector, tally, kept, problem, deadline, next] = reply as [Buffer[], ...Buffer[]];
  return {
    keyBase64: base64(key),
    tally: hex(tally),
    kept: hex(kept) ?? "",
    problem: problemOf(problem),
    deadlineMs: Number(String(deadline)),
    vector: vectorOf(flatVector),
    next: String(next),
  };
}

async function vectors(partitions: Partitions, wanted: readonly number[]): Promise<PartitionVectors> {
  const found: PartitionVectors = {};
  const read = async (index: number): Promise<void> => {
    found[index] = await vectorAt(partitions.at(index));
  };
  await Promise.all(wanted.map(read));
  return found;
}

async function vectorAt(partition: Partition): Promise<StampVector> {
  const state = (await partition.callBuffer("state")) as [unknown, unknown, unknown, unknown, unknown, Buffer[]];
  return vectorOf(state[5]);
}

async function salvage(partition: Partition, key: Buffer): Promise<SalvageAnswer> {
  const reply = await partition.callBuffer("salvage", key);
  const [fingerprint, payload, expiresAtMs, flatVector] = reply as [Buffer, Buffer, number, Buffer[]];
  const payloadBase64 = payload.length === 0 ? null : payload.toString("base64");
  return { fingerprint: String(fingerprint), payloadBase64, expiresAtMs, vector: vectorOf(flatVector) };
}

async function discard(partition: Partition, key: Buffer, fingerprint: string): Promise<{ vector: StampVector }> {
  await partition.callBuffer("discard", key, fingerprint);
  return { vector: await vectorAt(partition) };
}

async function adopt(partition: Partition, key: Buffer, fingerprint: string): Promise<{ vector: StampVector }> {
  const reply = await partition.callBuffer("adopt", key, fingerprint);
  return { vector: vectorOf(reply as Buffer[]) };
}

function vectorOf(flat: readonly Buffer[]): StampVector {
  const found: StampVector = {};
  for (let at = 0; at + 1 < flat.length; at += 2) found[String(flat[at])] = Number(String(flat[at + 1]));
  return found;
}

function base64(bytes: Buffer | undefined): string {
  return (bytes ?? Buffer.alloc(0)).toString("base64");
}

function hex(bytes: Buffer | undefined): string | null {
  return bytes === undefined || bytes.length === 0 ? null : bytes.toString("hex");
}

/** As the core names it; "": none. */
function problemOf(text: Buffer | undefined): KeyProblem | null {
  const name = String(text ?? "");
  return name === "" ? null : (name as KeyProblem);
}
