/** The native value of a key, bounded: at most so many elements, of each so many bytes (agentLimits). Only reads. */
import type { Redis } from "ioredis";
import { agentLimits } from "../limits.js";
import { bytesOf } from "./bytes.js";
import type { Bytes, InspectValue, StreamContent, StreamEntry, StreamGroup } from "./documents.js";

export interface ReadValue {
  /** Bytes of a string, elements of the rest. */
  size: number | null;
  value: InspectValue | null;
}

/** `type` as TYPE says it, or "hyperloglog". */
export async function readValue(redis: Redis, key: Buffer, type: string): Promise<ReadValue> {
  const last = agentLimits.inspectElementsMax - 1;
  switch (type) {
    case "string": {
      const size = await redis.strlen(key);
      const start = await redis.getrangeBuffer(key, 0, agentLimits.inspectBytesMax - 1);
      return { size, value: { whole: size <= start.length, content: shown(start) } };
    }
    case "hyperloglog": {
      // Of one key alone PFCOUNT would write what it counted into the value.
      const estimate = await redis.pfcount(key, key);
      return { size: estimate, value: { whole: true, content: String(estimate) } };
    }
    case "hash": {
      const size = await redis.hlen(key);
      const [, flat] = await redis.hscanBuffer(key, 0, "COUNT", agentLimits.inspectElementsMax);
      return { size, value: bounded(shownPairs(flat).toSorted(byName), size) };
    }
    case "set": {
      const size = await redis.scard(key);
      const [, members] = await redis.sscanBuffer(key, 0, "COUNT", agentLimits.inspectElementsMax);
      return { size, value: bounded(members.map(shown).toSorted(byText), size) };
    }
    case "list": {
      const size = await redis.llen(key);
      return { size, value: bounded((await redis.lrangeBuffer(key, 0, last)).map(shown), size) };
    }
    case "zset": {
      const size = await redis.zcard(key);
      return { size, value: bounded(shownPairs(await redis.zrangeBuffer(key, 0, last, "WITHSCORES")), size) };
    }
    case "stream":
      return await readStream(redis, key);
    default:
      return { size: null, value: null };
  }
}

export function pairsOf(flat: readonly Buffer[], bytesMax: number): [Bytes, Bytes][] {
  const result: [Bytes, Bytes][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    result.push([bytesOf(flat[at] ?? Buffer.alloc(0), bytesMax), bytesOf(flat[at + 1] ?? Buffer.alloc(0), bytesMax)]);
  }
  return result;
}

async function readStream(redis: Redis, key: Buffer): Promise<ReadValue> {
  const half = agentLimits.inspectElementsMax / 2;
  const [size, lastId, groups] = await Promise.all([redis.xlen(key), readLastId(redis, key), readGroups(redis, key)]);
  const whole = size <= agentLimits.inspectElementsMax;
  const count = whole ? agentLimits.inspectElementsMax : half;
  const first = entriesOf(await redis.xrangeBuffer(key, "-", "+", "COUNT", count));
  const last = whole ? [] : entriesOf(await redis.xrevrangeBuffer(key, "+", "-", "COUNT", half)).toReversed();
  const content: StreamContent = { first, last, lastId, groups };
  return { size, value: { whole, content } };
}

function entriesOf(entries: readonly (readonly [Buffer, Buffer[]])[]): StreamEntry[] {
  return entries.map(([id, flat]) => {
    return { id: String(id), fields: shownPairs(flat.slice(0, 2 * agentLimits.inspectElementsMax)) };
  });
}

async function readLastId(redis: Redis, key: Buffer): Promise<string> {
  const fields = namedOf((await redis.callBuffer("XINFO", "STREAM", key)) as unknown[]);
  return String(fields.get("last-generated-id"));
}

async function readGroups(redis: Redis, key: Buffer): Promise<StreamGroup[]> {
  const groups = (await redis.callBuffer("XINFO", "GROUPS", key)) as unknown[][];
  return groups.slice(0, agentLimits.inspectElementsMax).map((flat) => {
    const fields = namedOf(flat);
    const lag = fields.get("lag");
    return {
      name: shown(fields.get("name") as Buffer),
      consumers: Number(fields.get("consumers")),
      pending: Number(fields.get("pending")),
      lastDeliveredId: String(fields.get("last-delivered-id")),
      lag: typeof lag === "number" ? lag : null,
    };
  });
}

function namedOf(flat: readonly unknown[]): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (let at = 0; at + 1 < flat.length; at += 2) fields.set(String(flat[at]), flat[at + 1]);
  return fields;
}

function bounded(content: Bytes[] | [Bytes, Bytes][], size: number): InspectValue {
  const few = content.slice(0, agentLimits.inspectElementsMax);
  return { whole: few.length >= size, content: few };
}

function shown(bytes: Buffer): Bytes {
  return bytesOf(bytes, agentLimits.inspectBytesMax);
}

function shownPairs(flat: readonly Buffer[]): [Bytes, Bytes][] {
  return pairsOf(flat, agentLimits.inspectBytesMax);
}

const textOfBytes = (bytes: Bytes): string => (typeof bytes === "string" ? bytes : bytes.base64);
const byText = (a: Bytes, b: Bytes): number => (textOfBytes(a) < textOfBytes(b) ? -1 : 1);
const byName = ([a]: [Bytes, Bytes], [b]: [Bytes, Bytes]): number => byText(a, b);
