/**
 * Makes a key the same everywhere, as one region has it. What the other regions have of it is saved first; then they forget the
 * key, and the region that was named writes its value anew, which replicates as any write does and covers all that was known.
 * A region without a value deletes. Each step is done only where the key still is as it was saved, so a write that comes in
 * between stops the repair and is not lost.
 *
 * Ended half-way, some regions lack the key: to repair it again, from the same region, goes on from there.
 */
import { setTimeout as delay } from "node:timers/promises";
import { bytesOf } from "../admin/bytes.js";
import { textOf } from "../errors.js";
import type { Difference, RepairDocument, SavedValue, SalvageAnswer, StampVector } from "./documents.js";
import { verifyLimits } from "./limits.js";
import { partitionOfKey } from "./layout.js";
import { readKey, readVectors } from "./reading.js";
import type { VerifySource } from "./sources.js";
import { covers } from "./vectors.js";

export interface RepairOptions {
  /** The region whose values are right. */
  from: string;
  waitMs: number;
  /** Keeps what is overwritten before it is; resolves when it is safe. */
  save: (values: readonly SavedValue[]) => Promise<void>;
}

type Repaired = Omit<RepairDocument, "saved">;

export async function repairKeys(
  sources: readonly VerifySource[],
  differences: readonly Difference[],
  options: RepairOptions,
): Promise<Repaired> {
  const result: Repaired = { repaired: [], failed: [] };
  const from = sources.find(({ region }) => region === options.from);
  if (from === undefined) throw new Error(`there is no region ${options.from}`);
  const others = sources.filter((source) => source !== from);
  for (const { keyBase64, key } of differences) {
    try {
      await repairKey(keyBase64, from, others, options);
      result.repaired.push(key);
    } catch (error) {
      result.failed.push({ key, reason: textOf(error) });
    }
  }
  return result;
}

async function repairKey(
  keyBase64: string,
  from: VerifySource,
  others: readonly VerifySource[],
  options: RepairOptions,
): Promise<void> {
  const right = await from.ask({ kind: "salvage", keyBase64 });
  const held = await Promise.all(others.map((source) => source.ask({ kind: "salvage", keyBase64 })));
  // The write must have seen all that it replaces.
  const partition = partitionOfKey(await from.ask({ kind: "layout" }), Buffer.from(keyBase64, "base64"));
  for (const { vector } of held) await untilCovered(from, partition, vector, options.waitMs);
  const saved = [right, ...held].map((answer, index) => savedValue(keyBase64, [from, ...others][index], answer));
  await options.save(saved);
  for (const [index, source] of others.entries()) {
    const { fingerprint } = held[index] ?? right;
    await source.ask({ kind: "discard", keyBase64, fingerprint });
  }
  const { vector } = await from
    .ask({ kind: "adopt", keyBase64, fingerprint: right.fingerprint })
    .catch((error: unknown) => {
      const reason = `the other regions have forgotten it, and ${from.region} did not write it anew (${textOf(error)})`;
      throw new Error(`${reason}: mend that and repair again from there; what they had is saved`, { cause: error });
    });
  for (const source of others) await untilCovered(source, partition, vector, options.waitMs);
  const tallies = await Promise.all([from, ...others].map((source) => readKey(source, keyBase64)));
  if (tallies.some(({ tally, problem }) => tally !== tallies[0]?.tally || problem !== null)) {
    throw new Error("it was replaced and differs still, or was written meanwhile: verify again");
  }
}

function savedValue(keyBase64: string, source: VerifySource | undefined, answer: SalvageAnswer): SavedValue {
  const { payloadBase64, expiresAtMs } = answer;
  const key = bytesOf(Buffer.from(keyBase64, "base64"));
  return { key, keyBase64, region: source?.region ?? "", payloadBase64, expiresAtMs, atMs: Date.now() };
}

async function untilCovered(
  source: VerifySource,
  partition: number,
  vector: StampVector,
  waitMs: number,
): Promise<void> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const { [partition]: seen } = await readVectors(source, [partition]);
    if (covers(seen ?? {}, vector)) return;
    if (performance.now() > deadline) {
      throw new Error(`${source.region} does not get what another region has: mend the links, then repair`);
    }
    await delay(verifyLimits.pollMs);
  }
}
