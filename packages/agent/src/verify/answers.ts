/**
 * One region's answers to what `verify` asks: calls of the library, each bounded, as many as fit a short time, so that neither the
 * server nor the agent is held up. Tallies and keys are bytes; here they become text.
 */
import { explainError, type Engine } from "@meridian/engine";
import { textOf } from "../errors.js";
import type {
  BucketsAnswer,
  KeyAnswer,
  KeyProblem,
  SalvageAnswer,
  TalliesAnswer,
  StampVector,
  VerifyAnswer,
  VerifyAnswers,
  VerifyQuestion,
} from "./documents.js";
import { verifyLimits } from "./limits.js";

export async function answerVerify(engine: Engine, question: VerifyQuestion): Promise<VerifyAnswer> {
  try {
    return await answer(engine, question);
  } catch (error) {
    throw new Error(explainError(textOf(error)), { cause: error });
  }
}

function answer(engine: Engine, question: VerifyQuestion): Promise<VerifyAnswer> {
  switch (question.kind) {
    case "tallies":
      return tallies(engine, question.from);
    case "strays":
      return strays(engine, question.cursor);
    case "buckets":
      return buckets(engine, question.buckets);
    case "key":
      return key(engine, question.keyBase64, question.cursor);
    case "vector":
      return vector(engine);
    case "salvage":
      return salvage(engine, question.keyBase64);
    case "discard":
      return discard(engine, question.keyBase64, question.fingerprint);
    case "adopt":
      return adopt(engine, question.keyBase64, question.fingerprint);
  }
}

/** True until the time of one answer is over. */
function hasTime(startedAt: number): boolean {
  return performance.now() - startedAt < verifyLimits.answerMs;
}

async function tallies(engine: Engine, from: number): Promise<TalliesAnswer> {
  const startedAt = performance.now();
  const found: TalliesAnswer = { next: from, keys: 0, talliesBase64: "", problems: [], largeBase64: [] };
  const bytes: Buffer[] = [];
  do {
    const reply = await engine.callBuffer("digest", "buckets", String(found.next), String(verifyLimits.stepBudget));
    const [next, keys, digests, problems, large] = reply as [number, number, Buffer, Buffer[], Buffer[]];
    found.next = next;
    found.keys += keys;
    bytes.push(digests);
    for (let at = 0; at + 1 < problems.length; at += 2) {
      found.problems.push({ keyBase64: base64(problems[at]), problem: problemOf(problems[at + 1]) ?? "value" });
    }
    found.largeBase64.push(...large.map(base64));
  } while (found.next < verifyLimits.buckets && hasTime(startedAt));
  return { ...found, talliesBase64: Buffer.concat(bytes).toString("base64") };
}

async function strays(engine: Engine, cursor: string): Promise<VerifyAnswers["strays"]> {
  const startedAt = performance.now();
  const found = { next: cursor, keys: 0, straysBase64: [] as string[] };
  do {
    const reply = await engine.callBuffer("digest", "strays", found.next, String(verifyLimits.strayStep));
    const [next, keys, names] = reply as [Buffer, number, Buffer[]];
    found.next = String(next);
    found.keys += keys;
    found.straysBase64.push(...names.map(base64));
  } while (found.next !== "0" && hasTime(startedAt));
  return found;
}

async function buckets(engine: Engine, wanted: readonly number[]): Promise<BucketsAnswer> {
  const found: BucketsAnswer = { before: {}, after: {}, keys: [], largeBase64: [] };
  for (const [index, bucket] of wanted.entries()) {
    const reply = await engine.callBuffer("digest", "keys", String(bucket));
    const [flatVector, rows, large] = reply as [Buffer[], Buffer[], Buffer[]];
    found.after = vectorOf(flatVector);
    if (index === 0) found.before = found.after;
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

async function key(engine: Engine, keyBase64: string, cursor: string): Promise<KeyAnswer> {
  const reply = await engine.callBuffer("digest", "key", Buffer.from(keyBase64, "base64"), cursor);
  const [flatVector, tally, kept, problem, deadline, next] = reply as [Buffer[], ...Buffer[]];
  return {
    keyBase64,
    tally: hex(tally),
    kept: hex(kept) ?? "",
    problem: problemOf(problem),
    deadlineMs: Number(String(deadline)),
    vector: vectorOf(flatVector),
    next: String(next),
  };
}

async function vector(engine: Engine): Promise<{ vector: StampVector }> {
  const state = (await engine.callBuffer("state")) as [unknown, unknown, unknown, unknown, unknown, Buffer[]];
  return { vector: vectorOf(state[5]) };
}

async function salvage(engine: Engine, keyBase64: string): Promise<SalvageAnswer> {
  const reply = await engine.callBuffer("salvage", Buffer.from(keyBase64, "base64"));
  const [fingerprint, payload, expiresAtMs, flatVector] = reply as [Buffer, Buffer, number, Buffer[]];
  const payloadBase64 = payload.length === 0 ? null : payload.toString("base64");
  return { fingerprint: String(fingerprint), payloadBase64, expiresAtMs, vector: vectorOf(flatVector) };
}

async function discard(engine: Engine, keyBase64: string, fingerprint: string): Promise<{ vector: StampVector }> {
  await engine.callBuffer("discard", Buffer.from(keyBase64, "base64"), fingerprint);
  return await vector(engine);
}

async function adopt(engine: Engine, keyBase64: string, fingerprint: string): Promise<{ vector: StampVector }> {
  const reply = await engine.callBuffer("adopt", Buffer.from(keyBase64, "base64"), fingerprint);
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
