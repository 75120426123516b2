/**
 * Reads of one region: a walk over everything in small steps, and the keys of some buckets again. The server answers others
 * between two steps, each of which is bounded (core, commands/digest.ts). Metadata and the server's own keys are walked at once:
 * while the agent works on the one answer, the server makes the other.
 */
import type { KeyProblem, KeyReading, Layout, PartitionVectors, VerifiedRegion } from "./documents.js";
import { bucketsIn } from "./layout.js";
import { verifyLimits } from "./limits.js";
import type { VerifySource } from "./sources.js";

export interface Walk extends VerifiedRegion {
  layout: Layout;
  tallies: Buffer;
  /** What is wrong by itself, by key. */
  problems: Map<string, KeyProblem>;
  large: Set<string>;
}

export async function walkRegion(source: VerifySource): Promise<Walk> {
  const startedAt = performance.now();
  const walk: Walk = {
    region: source.region,
    layout: await source.ask({ kind: "layout" }),
    problem: null,
    keys: 0,
    readMs: 0,
    tallies: Buffer.alloc(0),
    problems: new Map(),
    large: new Set(),
  };
  await Promise.all([walkTallies(source, walk), walkStrays(source, walk)]);
  walk.readMs = Math.round(performance.now() - startedAt);
  return walk;
}

async function walkTallies(source: VerifySource, walk: Walk): Promise<void> {
  const tallies: Buffer[] = [];
  for (let from = 0; from < bucketsIn(walk.layout);) {
    const answer = await source.ask({ kind: "tallies", from });
    if (answer.next <= from) throw new Error(`the region ${source.region} doesn't go on from bucket ${from}`);
    from = answer.next;
    walk.keys += answer.keys;
    tallies.push(Buffer.from(answer.talliesBase64, "base64"));
    for (const { keyBase64, problem } of answer.problems) walk.problems.set(keyBase64, problem);
    for (const key of answer.largeBase64) walk.large.add(key);
  }
  walk.tallies = Buffer.concat(tallies);
}

async function walkStrays(source: VerifySource, walk: Walk): Promise<void> {
  let cursor = "0";
  do {
    const { next, straysBase64 } = await source.ask({ kind: "strays", cursor });
    for (const key of straysBase64) walk.problems.set(key, "stray");
    cursor = next;
  } while (cursor !== "0");
}

/** What is looked at again: all keys of these buckets, and these keys. */
export interface Wanted {
  buckets: readonly number[];
  keys: readonly string[];
}

export interface Reading {
  keys: Map<string, KeyReading>;
}

export async function readAgain(source: VerifySource, { buckets, keys }: Wanted): Promise<Reading> {
  const reading: Reading = { keys: new Map() };
  const single = new Set(keys);
  for (let at = 0; at < buckets.length; at += verifyLimits.bucketsAtOnce) {
    const some = buckets.slice(at, at + verifyLimits.bucketsAtOnce);
    const answer = await source.ask({ kind: "buckets", buckets: some });
    for (const key of answer.keys) reading.keys.set(key.keyBase64, key);
    for (const key of answer.largeBase64) single.add(key);
  }
  for (const key of single) {
    const read = await readKey(source, key);
    if (read.tally !== null || read.problem !== null) reading.keys.set(key, read);
  }
  return reading;
}

/** Of so many partitions as are asked for. */
export async function readVectors(source: VerifySource, partitions: Iterable<number>): Promise<PartitionVectors> {
  const all = [...partitions];
  const found: PartitionVectors = {};
  for (let at = 0; at < all.length; at += verifyLimits.vectorsAtOnce) {
    const some = all.slice(at, at + verifyLimits.vectorsAtOnce);
    Object.assign(found, (await source.ask({ kind: "vectors", partitions: some })).vectors);
  }
  return found;
}

/** A key page by page; tallies of pages add up to that of the whole. */
export async function readKey(source: VerifySource, keyBase64: string): Promise<KeyReading> {
  const first = await source.ask({ kind: "key", keyBase64, cursor: "" });
  const { tally, kept, problem, deadlineMs } = first;
  const whole: KeyReading = { keyBase64, tally, kept, problem, deadlineMs };
  for (let { next } = first; next !== "";) {
    const page = await source.ask({ kind: "key", keyBase64, cursor: next });
    // Gone meanwhile: what was read of it is no value that it ever had.
    if (page.tally === null || whole.tally === null) return { ...whole, tally: null };
    whole.tally = sumOf(whole.tally, page.tally);
    whole.kept = sumOf(whole.kept, page.kept);
    next = page.next;
  }
  return whole;
}

const MODULUS = 2n ** 48n;

/** As the core's digest/tally.ts adds them up. */
function sumOf(left: string, right: string): string {
  const sum = (BigInt(`0x${left}`) + BigInt(`0x${right}`)) % MODULUS;
  return sum.toString(16).padStart(left.length, "0");
}
