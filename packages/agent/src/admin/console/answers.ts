/** A region's own answers to what the console asks. Each is bounded, and only reads. */
import { createHash } from "node:crypto";
import { explainError, type Engine } from "@meridian/engine";
import { textOf } from "../../errors.js";
import { agentLimits } from "../../limits.js";
import { partitionsOf } from "../../partitions/partitions.js";
import { answerVerify } from "../../verify/answers.js";
import type { InspectRegion, StatusDocument } from "../documents.js";
import { inspectKey } from "../inspect.js";
import { conflictSource } from "../losers.js";
import type { KeyRegion } from "./documents.js";
import { readKeyLog } from "./key-log.js";
import type { Pulse, RegionAnswer, RegionAnswers, RegionQuestion } from "./questions.js";

export interface AnswerParts {
  engine: Engine;
  status: () => Promise<StatusDocument>;
}

export async function answerRegion<Q extends RegionQuestion>(
  parts: AnswerParts,
  question: Q,
): Promise<RegionAnswer<Q>> {
  return (await answer(parts, question)) as RegionAnswer<Q>;
}

async function answer(
  { engine, status }: AnswerParts,
  question: RegionQuestion,
): Promise<RegionAnswers[keyof RegionAnswers]> {
  switch (question.kind) {
    case "status":
      return await status();
    case "conflictPage":
      return await conflictSource(engine).page(question.cursor);
    case "losers":
      return await conflictSource(engine).losers(question.keysBase64, question.room);
    case "verify":
      return await answerVerify(engine, question.question);
    case "keyView":
      return await keyView(engine, Buffer.from(question.keyBase64, "base64"));
    case "keyLog": {
      const { keyBase64, sinceMs, rows } = question;
      const wanted = { key: Buffer.from(keyBase64, "base64"), sinceMs, rows: Math.min(rows, agentLimits.historyRows) };
      return await readKeyLog(engine, wanted).catch((error: unknown) => {
        throw new Error(explainError(textOf(error)), { cause: error });
      });
    }
    case "pulse":
      return await pulseOf(engine.redis);
  }
}

async function keyView(engine: Engine, key: Buffer): Promise<KeyRegion> {
  const partition = partitionsOf(engine).of(key);
  return await withLooks(await inspectKey(engine, key), (name, ...args) => partition.command(name, ...args), key);
}

/** Adds what the server says of the key, and what to compare it by. */
export async function withLooks(
  region: InspectRegion,
  read: (name: string, ...args: (string | Buffer)[]) => Promise<unknown>,
  key: Buffer,
): Promise<KeyRegion> {
  const shown = { type: region.type, size: region.size, value: region.value, endsAtMs: deadlineOf(region.metadata) };
  const fingerprint = createHash("sha256").update(JSON.stringify(shown)).digest("base64url").slice(0, 16);
  if (region.type === null) return { ...region, encoding: null, bytes: null, fingerprint };
  const [encoding, bytes] = await Promise.all([
    read("OBJECT", "ENCODING", key).catch(() => null),
    read("MEMORY", "USAGE", key).catch(() => null),
  ]);
  return {
    ...region,
    encoding: typeof encoding === "string" ? encoding : null,
    bytes: typeof bytes === "number" ? bytes : null,
    fingerprint,
  };
}

/** The time that it ends is the same everywhere; how long it still has is not. */
function deadlineOf(metadata: unknown): unknown {
  return typeof metadata === "object" && metadata !== null && "deadlineMs" in metadata ? metadata.deadlineMs : 0;
}

/** Of slots that of the node with the control slot: the others are of its kind. */
export async function pulseOf(redis: Pick<Engine["redis"], "info">): Promise<Pulse> {
  const info = await redis.info();
  const fields = new Map(info.split("\r\n").map((line) => line.split(":", 2) as [string, string]));
  const number = (name: string): number => Number(fields.get(name) ?? 0);
  const maxBytes = number("maxmemory");
  return {
    memory: {
      usedBytes: number("used_memory"),
      maxBytes: maxBytes === 0 ? null : maxBytes,
      peakBytes: number("used_memory_peak"),
    },
    commandsPerSecond: number("instantaneous_ops_per_sec"),
  };
}
