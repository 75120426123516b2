/**
 * A key as one region has it: the native value, bounded, and what the core knows about it. Read in several steps, so a
 * key that changes meanwhile may show a mixture; it is for people to look at.
 */
import { explainError, type Engine } from "@meridian/engine";
import { textOf } from "../errors.js";
import { agentLimits } from "../limits.js";
import type { Bytes, InspectRegion, InspectValue } from "./documents.js";

export async function inspectKey(engine: Engine, key: Buffer): Promise<InspectRegion> {
  try {
    const { redis } = engine;
    const [type, ttlMs, metadata] = await Promise.all([
      redis.type(key),
      redis.pttl(key),
      engine.callBuffer("inspect", key),
    ]);
    const read = type === "none" ? { size: null, value: null } : await readValue(engine, key, type);
    return {
      region: engine.region,
      problem: null,
      type: type === "none" ? null : type,
      ttlMs: ttlMs === -2 ? null : ttlMs,
      ...read,
      metadata: parsed(metadata),
    };
  } catch (error) {
    return absent(engine.region, explainError(textOf(error)));
  }
}

export function absent(region: string, problem: string): InspectRegion {
  return { region, problem, type: null, ttlMs: null, size: null, value: null, metadata: null };
}

interface Read {
  size: number;
  value: InspectValue | null;
}

async function readValue({ redis }: Engine, key: Buffer, type: string): Promise<Read> {
  const last = agentLimits.inspectElementsMax - 1;
  switch (type) {
    case "string": {
      const size = await redis.strlen(key);
      const start = await redis.getrangeBuffer(key, 0, agentLimits.inspectBytesMax - 1);
      return { size, value: { whole: size <= start.length, content: bytesOf(start) } };
    }
    case "hash": {
      const size = await redis.hlen(key);
      const [, flat] = await redis.hscanBuffer(key, 0, "COUNT", agentLimits.inspectElementsMax);
      return { size, value: bounded(pairs(flat), size) };
    }
    case "set": {
      const size = await redis.scard(key);
      const [, members] = await redis.sscanBuffer(key, 0, "COUNT", agentLimits.inspectElementsMax);
      return { size, value: bounded(members.map(bytesOf).toSorted(byText), size) };
    }
    case "list": {
      const size = await redis.llen(key);
      return { size, value: bounded((await redis.lrangeBuffer(key, 0, last)).map(bytesOf), size) };
    }
    case "zset": {
      const size = await redis.zcard(key);
      return { size, value: bounded(pairs(await redis.zrangeBuffer(key, 0, last, "WITHSCORES"), false), size) };
    }
    case "stream":
      return { size: await redis.xlen(key), value: null };
    default:
      return { size: 0, value: null };
  }
}

function bounded(content: Bytes[] | [Bytes, Bytes][], size: number): InspectValue {
  const shown = content.slice(0, agentLimits.inspectElementsMax);
  return { whole: shown.length >= size, content: shown };
}

function pairs(flat: readonly Buffer[], sorted = true): [Bytes, Bytes][] {
  const result: [Bytes, Bytes][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    result.push([bytesOf(flat[at] ?? Buffer.alloc(0)), bytesOf(flat[at + 1] ?? Buffer.alloc(0))]);
  }
  return sorted ? result.toSorted(([a], [b]) => byText(a, b)) : result;
}

const textOfBytes = (bytes: Bytes): string => (typeof bytes === "string" ? bytes : bytes.base64);
const byText = (a: Bytes, b: Bytes): number => (textOfBytes(a) < textOfBytes(b) ? -1 : 1);

/** Text where the bytes are UTF-8, cut to the limit. */
export function bytesOf(bytes: Buffer): Bytes {
  const shown = bytes.subarray(0, agentLimits.inspectBytesMax);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(shown);
  } catch {
    return { base64: shown.toString("base64") };
  }
}

/** The core's JSON carries the bytes of values as they are: what is not UTF-8 shows as U+FFFD; `value` above is exact. */
function parsed(reply: unknown): unknown {
  if (!Buffer.isBuffer(reply)) return null;
  try {
    return JSON.parse(reply.toString("utf8"));
  } catch {
    return reply.toString("latin1");
  }
}
