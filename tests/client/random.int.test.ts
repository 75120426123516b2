/**
 * The same random commands by ioredis to a plain server and by the client to a region's: one by one, in pipelines, in
 * transactions. Replies and errors must be the same, and in the end the values. What a server draws by lot, or ids of its
 * own, is left to the tests of the library.
 */
import { findServerBinary } from "@meridian/engine";
import { Draw, randomCommand, seededRandom, testSeed } from "@meridian/testkit";
import type { ChainableCommander, Redis as PlainRedis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nearlySame } from "../../sim/src/visible.js";
import { type Pair, startPair } from "./servers.js";

const BATCHES = 60;
const BATCH = 8;
const PROFILE = { keys: 2, clashRate: 0.1, ttl: false, badRate: 0.1, weights: { stream: 0, hll: 0, geo: 0 } };
const BY_LOT = /^(SPOP|SRANDMEMBER|HRANDFIELD|ZRANDMEMBER|B[LRZ].*)$/;
/** Floats are exact in a region, and members of equal order by bytes alone. */
const OWN_WAYS = /FLOAT$|LEX/;

type Outcome = [error: string | undefined, reply: unknown];
type Way = (client: PlainRedis, batch: string[][]) => Promise<Outcome[]>;

const ways: Record<string, Way> = {
  "one by one": async (client, batch) => {
    const outcomes: Outcome[] = [];
    for (const [name = "", ...rest] of batch) {
      outcomes.push(
        await client.call(name, ...rest).then(
          (reply): Outcome => [undefined, reply],
          (error: Error): Outcome => [error.message, undefined],
        ),
      );
    }
    return outcomes;
  },
  "in pipelines": (client, batch) => outcomesOf(fill(client.pipeline(), batch)),
  "in transactions": (client, batch) => outcomesOf(fill(client.multi(), batch)),
};

function fill(commander: ChainableCommander, batch: string[][]): ChainableCommander {
  for (const [name = "", ...rest] of batch) commander.call(name, ...rest);
  return commander;
}

async function outcomesOf(commander: ChainableCommander): Promise<Outcome[]> {
  try {
    return ((await commander.exec()) ?? []).map(([error, reply]) => [error?.message, reply]);
  } catch (error) {
    return [[(error as Error).message, undefined]];
  }
}

function isComparable([name = ""]: string[]): boolean {
  return !BY_LOT.test(name) && !OWN_WAYS.test(name);
}

let pair: Pair;
const native = await findServerBinary();
if (native === undefined)
  console.warn("SKIPPED: the replies of a native server are compared, and a newer Valkey words some otherwise");

beforeAll(async () => {
  pair = await startPair();
});
afterAll(() => pair.stop());

async function valuesOf(client: PlainRedis): Promise<unknown[]> {
  const keys = (await client.keys("*")).toSorted();
  return await Promise.all(keys.map(async (key) => [key, await valueOf(client, key)]));
}

async function valueOf(client: PlainRedis, key: string): Promise<unknown> {
  const type = await client.type(key);
  if (type === "hash") return await client.hgetall(key);
  if (type === "set") return (await client.smembers(key)).toSorted();
  if (type === "list") return await client.lrange(key, 0, -1);
  if (type === "zset") return await client.zrange(key, 0, "-1", "WITHSCORES");
  return await client.get(key);
}

describe.each(Object.entries(ways))("%s", (_, way) => {
  test.skipIf(native === undefined).each([1, testSeed()])(
    "replies, errors and values are plain Redis's, SEED=%i",
    async (seed) => {
      const random = seededRandom(seed);
      const draw = new Draw(() => random.real());
      const [plain, client] = [pair.plain({ stringNumbers: true }), pair.client({ stringNumbers: true })];
      await Promise.all([plain.flushall(), client.flushall()]);
      for (let step = 0; step < BATCHES; step++) {
        const batch: string[][] = [];
        while (batch.length < BATCH) {
          const command = randomCommand(draw, PROFILE);
          if (isComparable(command)) batch.push(command);
        }
        const [there, here] = [await way(plain, batch), await way(client, batch)];
        expect(nearlySame(here as never, there as never), JSON.stringify({ step, batch, here, there })).toBe(true);
      }
      expect(await valuesOf(client)).toEqual(await valuesOf(plain));
    },
  );
});
