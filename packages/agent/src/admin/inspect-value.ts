/** The native value of a key, bounded: at most so many elements, of each so many bytes (agentLimits). Only reads. */
import { agentLimits } from "../limits.js";
import { bytesOf } from "./bytes.js";
import type { Bytes, InspectValue, StreamContent, StreamEntry, StreamGroup } from "./documents.js";

export interface ReadValue {
  /** Bytes of a string, elements of the rest. */
  size: number | null;
  value: InspectValue | null;
}

/** A native command about a key; bulk replies as Buffers. */
export type ReadCommand = (name: string, ...args: (string | Buffer)[]) => Promise<unknown>;

/** `type` as TYPE says it, or "hyperloglog". */
export async function readValue(read: ReadCommand, key: Buffer, type: string): Promise<ReadValue> {
  const most = String(agentLimits.inspectElementsMax);
  const last = String(agentLimits.inspectElementsMax - 1);
  const sizeBy = async (name: string): Promise<number> => Number(await read(name, key));
  switch (type) {
    case "string": {
      const size = await sizeBy("STRLEN");
      const start = (await read("GETRANGE", key, "0", String(agentLimits.inspectBytesMax - 1))) as Buffer;
      return { size, value: { whole: size <= start.length, content: shown(start) } };
    }
    case "hyperloglog": {
      // Of one key alone PFCOUNT would write what it counted into the value.
      const estimate = Number(await read("PFCOUNT", key, key));
      return { size: estimate, value: { whole: true, content: String(estimate) } };
    }
    case "hash": {
      const size = await sizeBy("HLEN");
      const [, flat] = (await read("HSCAN", key, "0", "COUNT", most)) as [Buffer, Buffer[]];
      return { size, value: bounded(shownPairs(flat).toSorted(byName), size) };
    }
    case "set": {
      const size = await sizeBy("SCARD");
      const [, members] = (await read("SSCAN", key, "0", "COUNT", most)) as [Buffer, Buffer[]];
      return { size, value: bounded(members.map(shown).toSorted(byText), size) };
    }
    case "list": {
      const size = await sizeBy("LLEN");
      const elements = (await read("LRANGE", key, "0", last)) as Buffer[];
      return { size, value: bounded(elements.map(shown), size) };
    }
    case "zset": {
      const size = await sizeBy("ZCARD");
      const flat = (await read("ZRANGE", key, "0", last, "WITHSCORES")) as Buffer[];
      return { size, value: bounded(shownPairs(flat), size) };
    }
    case "stream":
      return await readStream(read, key);
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

async function readStream(read: ReadCommand, key: Buffer): Promise<ReadValue> {
  const half = agentLimits.inspectElementsMax / 2;
  const [length, lastId, groups] = await Promise.all([read("XLEN", key), readLastId(read, key), readGroups(read, key)]);
  const size = Number(length);
  const whole = size <= agentLimits.inspectElementsMax;
  const count = String(whole ? agentLimits.inspectElementsMax : half);
  const first = entriesOf(await read("XRANGE", key, "-", "+", "COUNT", count));
  const last = whole ? [] : entriesOf(await read("XREVRANGE", key, "+", "-", "COUNT", count)).toReversed();
  const content: StreamContent = { first, last, lastId, groups };
  return { size, value: { whole, content } };
}

function entriesOf(entries: unknown): StreamEntry[] {
  return (entries as [Buffer, Buffer[]][]).map(([id, flat]) => {
    return { id: String(id), fields: shownPairs(flat.slice(0, 2 * agentLimits.inspectElementsMax)) };
  });
}

async function readLastId(read: ReadCommand, key: Buffer): Promise<string> {
  const fields = namedOf((await read("XINFO", "STREAM", key)) as unknown[]);
  return String(fields.get("last-generated-id"));
}

async function readGroups(read: ReadCommand, key: Buffer): Promise<StreamGroup[]> {
  const groups = (await read("XINFO", "GROUPS", key)) as unknown[][];
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
