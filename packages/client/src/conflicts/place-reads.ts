/** What a region says of places in which values are beside each other, and the write that settles one: MERIDIAN.CONFLICT. */
import { rootOfSlot, SLOTS } from "@meridian/core";
import type { Redis as PlainRedis } from "ioredis";
import type { WrittenValue } from "./resolver.js";

export interface Place {
  readonly key: Buffer;
  /** Of a hash. */
  readonly field: Buffer | undefined;
}

export interface Row extends WrittenValue {
  readonly origin: string;
}

const COMMAND = "MERIDIAN.CONFLICT";
const FIRST = "0";

/** The latest first; none where nothing is beside it. */
export async function readPlace(redis: PlainRedis, { key, field }: Place): Promise<Row[]> {
  const reply = await redis.callBuffer(COMMAND, "READ", key, ...(field === undefined ? [] : [field]));
  if (!Array.isArray(reply)) return [];
  return (reply as Buffer[][]).map(([stamp, origin, region, bytes = Buffer.alloc(0)]) => ({
    stamp: String(stamp),
    origin: String(origin),
    region: String(region),
    value: bytes.toString(),
    bytes,
  }));
}

/** False where the rows are not what is there any more. */
export async function settlePlace(
  redis: PlainRedis,
  { key, field }: Place,
  rows: readonly Row[],
  made: Buffer,
  by: { readonly name: string; readonly version: number },
): Promise<boolean> {
  const dots = rows.flatMap(({ stamp, origin }) => [stamp, origin]);
  const head = [key, made, by.name, String(by.version), String(rows.length), ...dots];
  return (await redis.call(COMMAND, "RESOLVE", ...head, ...(field === undefined ? [] : [field]))) === 1;
}

/** Every place of a string or a field in which values may be beside each other. */
export async function* listPlaces(
  ask: (operation: (redis: PlainRedis) => Promise<unknown>) => Promise<unknown>,
): AsyncGenerator<Place> {
  let slots = 1;
  for (let slot = 0; slot < slots; slot++) {
    // A key of the slot: the tag of its root. Where one partition is the whole server any key will do.
    const key = rootOfSlot(slot).slice("mer:".length);
    let cursor = FIRST;
    do {
      const reply = await ask((redis) => redis.callBuffer(COMMAND, "LIST", key, cursor));
      const [next, places, isSlot] = reply as [Buffer, Buffer[][], number];
      if (isSlot === 1) slots = SLOTS;
      for (const [found, field] of places) if (found !== undefined) yield { key: found, field };
      cursor = String(next);
    } while (cursor !== FIRST);
  }
}
