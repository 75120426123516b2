/** Scripts in a region against scripts on a plain server of the same kind. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { prepared, samples, type Sample } from "./script-samples.js";
import { isError, kinds, ROOT, startPair, type Plain, type TestServer } from "./support.js";

const readers: Record<string, string[]> = {
  string: ["GET"],
  hash: ["HGETALL"],
  set: ["SMEMBERS"],
  list: ["LRANGE", "0", "-1"],
  zset: ["ZRANGE", "0", "-1", "WITHSCORES"],
};

/** Every key of a user's with its value; hashes and sets in order. */
async function keyspace(server: TestServer): Promise<Record<string, Plain>> {
  const all: Record<string, Plain> = {};
  for (const key of ((await server.plain("KEYS", "*")) as string[]).toSorted()) {
    if (key.startsWith(ROOT)) continue;
    const [reader = "", ...rest] = readers[(await server.plain("TYPE", key)) as string] ?? [];
    const value = await server.plain(reader, key, ...rest);
    all[key] = Array.isArray(value) ? value.map(String).toSorted() : value;
  }
  return all;
}

function withoutPlace(reply: Plain): Plain {
  return isError(reply) ? { err: reply.err.replace(/ script: [0-9a-f]{40}, on .*$/, "") } : reply;
}

function evalOf({ code, keys = [], args = [], command = "EVAL" }: Sample): string[] {
  return [command, code, String(keys.length), ...keys, ...args];
}

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let plain: TestServer;
    let region: TestServer;

    beforeAll(async () => {
      ({ plain, region } = await startPair(kind));
    });
    afterAll(() => Promise.all([plain.stop(), region.stop()]));

    beforeEach(async () => {
      await Promise.all([plain.plain("FLUSHALL"), region.call("FLUSHALL")]);
      for (const command of prepared) await Promise.all([plain.plain(...command), region.call(...command)]);
    });

    test.for([...samples.entries()])("%i: replies and leaves what Redis does", async ([, sample]) => {
      const command = evalOf(sample);
      if (kind === "wasm" && sample.isOfRedis === true) return;
      const reply = await plain.plain(...command);
      const expected = sample.isLineless === true ? withoutPlace(reply) : reply;
      const actual = await region.call(...command);
      // Valkey words its errors otherwise.
      if (kind === "native" || !isError(actual) || !isError(reply)) expect(actual, sample.code).toEqual(expected);
      expect(await keyspace(region), sample.code).toEqual(await keyspace(plain));
    });
  });
}
