/**
 * The model keyspace beside a real server, for tests: each command runs in both, and replies, errors to the letter,
 * and the keys that the command named must be the same.
 */
import type { Redis } from "ioredis";
import { expect } from "vitest";
import { parseDouble } from "../doubles.js";
import type { ModelKeyspace } from "../model-keyspace.js";
import { parseDecimal } from "../numbers.js";

const DEADLINE_TOLERANCE_MS = 1000;
const TOLERANCE = 10n ** 5n;
const DISTANCE_TOLERANCE = 1e-12;
const keyName = /^[snhezglxpb][0-9]$/;
/** Commands that may answer with a sum of floats, or what such a sum was stored as. */
const maybeSum = /FLOAT|GET|SET/;
/** What is chosen at random differs; how much is chosen does not. */
const randomChoice = /^[SZH]RAND/;
/** These would wait for another client; inside MULTI they do not. */
const blocking = /^B[LRZ]/;

const wholeValue: Record<string, (key: string) => string[]> = {
  string: (key) => ["GET", key],
  hash: (key) => ["HGETALL", key],
  set: (key) => ["SMEMBERS", key],
  list: (key) => ["LRANGE", key, "0", "-1"],
  zset: (key) => ["ZRANGE", key, "0", "-1", "WITHSCORES"],
  stream: (key) => ["XRANGE", key, "-", "+"],
};

/** A reply of the client or of the model, in one form: nil is false, a status its text. */
export function plain(reply: unknown): unknown {
  if (Buffer.isBuffer(reply)) return reply.toString("latin1");
  if (Array.isArray(reply)) return reply.map(plain);
  if (reply === null) return false;
  if (typeof reply === "object" && "ok" in reply) return reply.ok;
  return reply;
}

/** The server's reply to a command of latin1 texts. */
export async function real(redis: Redis, command: readonly string[]): Promise<unknown> {
  const [name = "", ...args] = command;
  const isBlocking = blocking.test(name) || args.includes("BLOCK");
  if (isBlocking) await redis.call("MULTI");
  try {
    const reply = plain(await redis.callBuffer(name, ...args.map((arg) => Buffer.from(arg, "latin1"))));
    if (!isBlocking) return reply;
  } catch (error) {
    if (isBlocking) await redis.call("DISCARD");
    return { err: (error as Error).message };
  }
  const [reply] = (await redis.callBuffer("EXEC")) as unknown[];
  return reply instanceof Error ? { err: reply.message } : plain(reply);
}

/** Whether two numbers, not written alike, may stand for the same. */
type Near = (left: string, right: string) => boolean;

const exact: Near = () => false;

/** Sums of floats may differ past the 12th digit: long doubles there, decimals here. */
const nearSum: Near = (left, right) => {
  const [a, b] = [parseDecimal(left), parseDecimal(right)];
  if (typeof a !== "bigint" || typeof b !== "bigint") return false;
  const difference = a > b ? a - b : b - a;
  return difference <= TOLERANCE || difference * 10n ** 15n < (a < 0n ? -a : a);
};

/** Distances that were stored: sines and cosines differ in the last digits. */
const nearDistance: Near = (left, right) => {
  const [a, b] = [parseDouble(left), parseDouble(right)];
  return a !== undefined && b !== undefined && Math.abs(a - b) <= Math.abs(b) * DISTANCE_TOLERANCE;
};

function agree(left: unknown, right: unknown, near: Near): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, at) => agree(item, right[at], near));
  }
  // The client reads integers past 2^53 as doubles, digit by digit.
  if (typeof left === "number" && typeof right === "number" && !Number.isSafeInteger(right)) {
    return Math.abs(left - right) <= Math.abs(right) * 1e-15;
  }
  if (typeof left !== "string" || typeof right !== "string") return JSON.stringify(left) === JSON.stringify(right);
  return left === right || near(left, right);
}

/** Sets and hashes have no order. */
function ordered(type: string, reply: unknown): unknown {
  if (type === "set") return [...(reply as string[])].sort();
  return type === "hash" ? orderedPairs(reply as string[]) : reply;
}

function orderedPairs(flat: readonly string[]): string[] {
  return flat
    .map((name, at) => [name, flat[at + 1] ?? ""] as const)
    .filter((_, at) => at % 2 === 0)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flat();
}

/** A scan of what is hashed has no order; the server may take several passes where the model takes one. */
async function wholeScan(redis: Redis, command: readonly string[], reply: unknown): Promise<unknown> {
  if (!Array.isArray(reply)) return reply;
  let [cursor, found] = reply as [string, string[]];
  while (cursor !== "0") {
    const [name = "", key = "", , ...options] = command;
    const [next, more] = (await real(redis, [name, key, cursor, ...options])) as [string, string[]];
    [cursor, found] = [next, [...found, ...more]];
  }
  return [cursor, orderedPairs(found)];
}

export interface ComparisonOptions {
  /** Whether scores may be distances. */
  distances?: boolean;
}

/** Runs the command in both and compares all that shows. */
export async function compareCommand(
  redis: Redis,
  model: ModelKeyspace,
  command: readonly string[],
  options: ComparisonOptions = {},
): Promise<void> {
  const [name = "", ...args] = command;
  const replies = [await real(redis, command), plain(model.pcall(name, ...args))];
  const isScan = name.endsWith("SCAN");
  const [expected, actual] = isScan
    ? await Promise.all(replies.map((reply) => wholeScan(redis, command, reply)))
    : replies;
  const what = JSON.stringify(command);
  if (randomChoice.test(name) && typeof expected !== "object") return expect(typeof actual, what).toBe(typeof expected);
  if (randomChoice.test(name) && Array.isArray(expected)) return expect(actual, what).toHaveLength(expected.length);
  const nearScore = options.distances ? nearDistance : exact;
  const near = maybeSum.test(name) ? nearSum : nearScore;
  expect(agree(actual, expected, near), `${what}: ${JSON.stringify([actual, expected])}`).toBe(true);
  const keys = [...new Set(args.filter((arg) => keyName.test(arg)))];
  await Promise.all(keys.map((key) => compareKey(redis, model, key, { what, nearScore })));
}

async function compareKey(
  redis: Redis,
  model: ModelKeyspace,
  key: string,
  { what, nearScore }: { what: string; nearScore: Near },
): Promise<void> {
  const type = plain(model.call("TYPE", key)) as string;
  const reader = wholeValue[type]?.(key) ?? ["EXISTS", key];
  const [realType, there, deadline] = await Promise.all([
    real(redis, ["TYPE", key]),
    real(redis, reader),
    real(redis, ["PEXPIRETIME", key]),
  ]);
  expect(type, `${what} ${key}`).toBe(realType);
  const [name = "", ...args] = reader;
  const here = plain(model.call(name, ...args));
  const near = type === "string" || type === "hash" ? nearSum : type === "zset" ? nearScore : exact;
  const both = `${what} ${key}: ${JSON.stringify([here, there])}`;
  expect(agree(ordered(type, here), ordered(type, there), near), both).toBe(true);
  const apartMs = Math.abs(Number(model.call("PEXPIRETIME", key)) - Number(deadline));
  expect(apartMs, `${what} ${key}: deadlines`).toBeLessThan(DEADLINE_TOLERANCE_MS);
}
