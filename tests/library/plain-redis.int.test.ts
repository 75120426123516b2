/**
 * One region alone against the plain server: the same random commands to both; replies, errors, values and deadlines
 * must be the same. Floats may differ past what a long double holds: there Meridian is exact, and Redis is not.
 * Integers past 2^53 do not fit a Lua number: the function answers their digits as a status (support.ts takes both alike).
 */
import { Draw, randomCommand, seededRandom, testSeed } from "@meridian/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withId } from "../../sim/src/plain-stream.js";
import { sketchForm } from "../../sim/src/sketch-form.js";
import { nearlySame } from "../../sim/src/visible.js";
import { isError, kinds, startPair, type Plain, type TestServer } from "./support.js";

const STEPS = { native: 1500, wasm: 500 };
const DEADLINE_TOLERANCE_MS = 1000;
/** The region's place among all, from 1. */
const REGION = 1;
const fresh = testSeed();
const readers: Record<string, [command: string, ...rest: string[]]> = {
  string: ["GET"],
  hash: ["HGETALL"],
  set: ["SMEMBERS"],
  zset: ["ZRANGE", "0", "-1", "WITHSCORES"],
  list: ["LRANGE", "0", "-1"],
  stream: ["XRANGE", "-", "+"],
};

/** Deadlines so near that the two servers could pass them between our questions. */
function isHasty(command: string[]): boolean {
  return /EX/.test(command.join().toUpperCase()) && command.some((argument) => /^[125](\d\d\d)?$/.test(argument));
}

/** Meridian's own: nothing can be put in before an entry of this id. */
function isLeastId(reply: Plain): boolean {
  return typeof reply === "object" && "err" in reply && reply.err.startsWith("MERIDIAN_LEASTID");
}

function scoresFirst(pairs: string[]): string[] {
  return pairs.flatMap((member, at) => (at % 2 === 0 ? [pairs[at + 1] ?? "", member] : []));
}

/** Sorted where the server has no order. HyperLogLogs by their registers: what was merged in another order has other bytes. */
function ordered(type: string, reply: Plain): Plain {
  if (type === "string") return sketchForm(reply as string) ?? reply;
  if (type === "set") return (reply as string[]).toSorted();
  if (type !== "hash") return reply;
  const flat = reply as string[];
  const pairs = flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ""]] : []));
  return pairs.toSorted(([left = ""], [right = ""]) => (left < right ? -1 : 1)).flat();
}

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let plain: TestServer;
    let region: TestServer;

    beforeAll(async () => {
      ({ plain, region } = await startPair(kind));
    });
    afterAll(() => Promise.all([plain.stop(), region.stop()]));

    /** Which members go is the server's choice: the plain one loses the same. */
    async function popped(command: string[], reply: Plain): Promise<Plain> {
      const members = (Array.isArray(reply) ? reply : [reply]).filter((member) => typeof member === "string");
      if (members.length === 0) return await plain.plain(...command);
      const size = Number(await plain.plain("SCARD", command[1] ?? ""));
      const wanted = command.length === 2 ? 1 : Math.min(size, Number(command[2]));
      const removed = await plain.plain("SREM", command[1] ?? "", ...members);
      return removed === members.length && removed === wanted
        ? reply
        : `${wanted} of ${size} members, not ${JSON.stringify(removed)}`;
    }

    /** Where scores differ, Redis says nothing of the order by members, and what it finds depends on its skip list's dice. */
    async function isLexOfManyScores(command: string[]): Promise<boolean> {
      if (!command.some((word) => /LEX/i.test(word))) return false;
      for (const key of command.slice(1, 3)) {
        const range = await plain.plain("ZRANGE", key, "0", "-1", "WITHSCORES");
        if (Array.isArray(range) && new Set(range.filter((_, at) => at % 2 === 1)).size > 1) return true;
      }
      return false;
    }

    /** What would wait does what it does in a MULTI. */
    async function plainReply(command: string[]): Promise<Plain> {
      const waits = /^B(L|R|Z)/i.test(command[0] ?? "") || command.some((word) => /^block$/i.test(word));
      if (!waits) return await plain.plain(...command);
      await plain.plain("MULTI");
      const queued = await plain.plain(...command);
      if (isError(queued)) {
        await plain.plain("DISCARD");
        return queued;
      }
      const replies = await plain.plain("EXEC");
      return Array.isArray(replies) ? (replies[0] ?? false) : replies;
    }

    /** The plain server takes a float that it had rounded, or all that is made of it would differ. */
    async function takeOver(key: string, type: string, here: Plain, there: Plain): Promise<void> {
      if (JSON.stringify(here) === JSON.stringify(there)) return;
      if (type === "string") await plain.plain("SET", key, here as string, "KEEPTTL");
      if (type === "hash") await plain.plain("HSET", key, ...(here as string[]));
      if (type === "zset") await plain.plain("ZADD", key, ...scoresFirst(here as string[]));
    }

    /** The last group of a stream without entries takes it along, and no group is renamed or copied. */
    async function followStream([name = "", first = "", second = "", group]: string[], reply: Plain): Promise<void> {
      const isMove = name === "RENAME" || name === "RENAMENX" || name === "COPY";
      if (isMove && !isError(reply) && reply !== 0 && first !== second) {
        for (const each of await groupNames(second)) await plain.plain("XGROUP", "DESTROY", second, each);
      }
      if (name === "XGROUP" && group !== undefined && /^destroy$/i.test(first) && reply === 1) {
        const isEmpty = (await plain.plain("XLEN", second)) === 0 && (await groupNames(second)).length === 0;
        if (isEmpty) await plain.plain("DEL", second);
      }
    }

    async function groupNames(key: string): Promise<string[]> {
      const groups = await plain.plain("XINFO", "GROUPS", key);
      return Array.isArray(groups) ? groups.map((group) => (group as string[])[1] ?? "") : [];
    }

    async function compareGroups(key: string, what: string): Promise<void> {
      const groups = await Promise.all([plain, region].map((server) => server.plain("XINFO", "GROUPS", key)));
      expect(groups[1], `${what}: groups of ${key}`).toEqual(groups[0]);
      for (const name of await groupNames(key)) {
        const ask = ["XPENDING", key, name, "-", "+", "1000"] as const;
        const [there, here] = (await Promise.all([plain.plain(...ask), region.plain(...ask)])) as [
          Plain[][],
          Plain[][],
        ];
        const held = (rows: Plain[][]): Plain[][] =>
          rows.map(([id = "", consumer = "", , count = 0]) => [id, consumer, count]);
        expect(held(here), `${what}: pending of ${key}`).toEqual(held(there));
      }
    }

    async function compareKey(key: string, what: string): Promise<void> {
      const type = (await plain.plain("TYPE", key)) as string;
      expect(await region.plain("TYPE", key), `${what}: type of ${key}`).toBe(type);
      const reader = readers[type];
      if (reader === undefined) return;
      const [name, ...rest] = reader;
      const [there, here] = [await plain.plain(name, key, ...rest), await region.plain(name, key, ...rest)];
      const values = [ordered(type, here), ordered(type, there)] as const;
      expect(nearlySame(...values), `${what}: ${key} ${JSON.stringify(values)}`).toBe(true);
      if (type === "stream") await compareGroups(key, what);
      await takeOver(key, type, here, there);
      const deadlines = await Promise.all([plain.plain("PEXPIRETIME", key), region.plain("PEXPIRETIME", key)]);
      const difference = Math.abs(Number(deadlines[0]) - Number(deadlines[1]));
      expect(difference, `${what}: deadline of ${key} ${JSON.stringify(deadlines)}`).toBeLessThan(
        DEADLINE_TOLERANCE_MS,
      );
    }

    for (const seed of [1, fresh]) {
      test(`replies, errors and values are plain Redis's, SEED=${seed}`, async () => {
        const random = seededRandom(seed);
        const draw = new Draw(() => random.real());
        const profile = { keys: 2, clashRate: 0.15, ttl: true, badRate: 0.1, weights: {}, isPortable: kind === "wasm" };
        await Promise.all([plain.plain("FLUSHALL"), region.call("FLUSHALL")]);
        for (let step = 0; step < STEPS[kind]; step++) {
          const command = randomCommand(draw, profile);
          if (isHasty(command) || (await isLexOfManyScores(command))) continue;
          const what = `step ${step}: ${JSON.stringify(command)}`;
          const actual = await region.call(...command);
          // The ids that a region makes are its own.
          const asPlain = command[0] === "XADD" ? withId(undefined, command, actual, REGION) : command;
          const expected = command[0] === "SPOP" ? await popped(command, actual) : await plainReply(asPlain);
          if (isLeastId(actual)) continue;
          await followStream(command, actual);
          // Valkey 9 reports mistakes in another order; it looks at GETEX's time before it looks for the key.
          if (kind === "wasm" && isError(expected) && (isError(actual) || command[0] === "GETEX")) continue;
          // Redis's PFADD sees no more of a broken HyperLogLog than it touches.
          if (command[0] === "PFADD" && isError(actual) && !isError(expected)) {
            const text = (await region.plain("GET", command[1] ?? "")) as string;
            await plain.plain("SET", command[1] ?? "", text, "KEEPTTL");
            continue;
          }
          expect(nearlySame(actual, expected), `${what}: ${JSON.stringify([actual, expected])}`).toBe(true);
          for (const key of command.slice(1, 3)) await compareKey(key, what);
        }
      }, 120_000);
    }
  });
}
