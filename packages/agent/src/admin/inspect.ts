/**
 * A key as one region has it: the native value, bounded, and what the core knows about it. Read in several steps, so a
 * key that changes meanwhile may show a mixture; it is for people to look at.
 */
import { explainError, isConnectionLost, type Engine } from "@meridian/engine";
import { textOf } from "../errors.js";
import { partitionsOf } from "../partitions/partitions.js";
import { coreJson, exact } from "./bytes.js";
import type { InspectRegion } from "./documents.js";
import { readValue } from "./inspect-value.js";

const SKETCH = "hyperloglog";

export async function inspectKey(engine: Engine, key: Buffer): Promise<InspectRegion> {
  try {
    const partition = partitionsOf(engine).of(key);
    const [named, lifeMs, reply] = await Promise.all([
      partition.command("TYPE", key),
      partition.command("PTTL", key),
      partition.callBuffer("inspect", key),
    ]);
    const [native, ttlMs] = [String(named), Number(lifeMs)];
    const metadata = coreJson(reply) as { type: string };
    // To the server a HyperLogLog is a string.
    const type = native === "string" && metadata.type === SKETCH ? SKETCH : native;
    return {
      region: engine.region,
      problem: null,
      type: type === "none" ? null : type,
      ttlMs: ttlMs === -2 ? null : ttlMs,
      ...(await readValue((name, ...args) => partition.commandBuffer(name, ...args), key, type)),
      metadata: exact(metadata),
    };
  } catch (error) {
    const isAway = isConnectionLost(error);
    return absent(
      engine.region,
      isAway ? `its server at ${engine.host}:${engine.port} does not answer` : explainError(textOf(error)),
    );
  }
}

export function absent(region: string, problem: string): InspectRegion {
  return { region, problem, type: null, ttlMs: null, size: null, value: null, metadata: null };
}
