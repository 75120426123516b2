/** RESP3 through the gateway, with the real function library, beside a plain server of the same kind. */
import { findServerBinary, startEngine, type Engine } from "@meridian/engine";
import { spawnRedis, type SpawnedRedis, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "./index.js";
import { command, rawClient, type RawClient } from "./test-support/raw-client.js";
import { repliesThree } from "./test-support/replies-three.js";

const native = await findServerBinary();
const SETUP = [
  "ZADD z 1 a 2.5 b 3 c",
  "ZADD inf +inf p -inf n",
  "HSET h f v g w",
  "HSET lone f v",
  "ZADD single 1.5 a",
  "SADD s a",
  "SADD many a b c",
  "XADD x 1-1 f v",
  "XADD x 1-2 f w",
  "XGROUP CREATE x g 0",
  "GEOADD geo 13.361389 38.115556 P",
  "RPUSH l a b c",
  "SET s1 ohmytext",
  "SET s2 mynewtext",
];
/** By the shape of their replies. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  doubles: [
    "ZSCORE z a",
    "ZSCORE z none",
    "ZMSCORE z a none",
    "ZINCRBY z 0.1 a",
    "ZADD z INCR 1 a",
    "ZADD z NX INCR 1 a",
  ],
  infinities: ["ZSCORE inf p", "ZRANGE inf 0 -1 WITHSCORES", "ZPOPMAX inf"],
  "ranges with scores": [
    "ZRANGE z 0 -1 WITHSCORES",
    "ZRANGE z 0 -1",
    "ZREVRANGE z 0 -1 WITHSCORES",
    "ZRANGEBYSCORE z 0 9 WITHSCORES LIMIT 0 1",
    "ZREVRANGEBYSCORE z 9 0 WITHSCORES",
    "ZUNION 2 z inf WITHSCORES",
    "ZINTER 1 z WITHSCORES",
    "ZDIFF 1 z WITHSCORES",
    "ZUNION 1 z",
    "ZRANDMEMBER single 9 WITHSCORES",
  ],
  pops: ["ZPOPMIN z", "ZPOPMIN z 1", "ZPOPMAX z 5", "ZPOPMIN z", "ZPOPMIN z 1", "SPOP s", "SPOP many 3", "SPOP s 1"],
  "pops that may wait": [
    "ZMPOP 1 z MIN",
    "BZPOPMIN z 1",
    "BZMPOP 1 1 z MIN",
    "ZMPOP 1 z MIN",
    "BLPOP l 1",
    "LMPOP 1 l LEFT",
  ],
  hashes: [
    "HGETALL h",
    "HGETALL none",
    "HRANDFIELD lone 9 WITHVALUES",
    "HRANDFIELD none",
    "HINCRBYFLOAT h n 1.5",
    "HKEYS h",
  ],
  sets: ["SMEMBERS many", "SINTER many s", "SUNION many s", "SDIFF many s", "SRANDMEMBER s 9", "SMISMEMBER s a b"],
  streams: [
    "XREAD STREAMS x 0",
    "XREAD STREAMS x 9",
    "XREADGROUP GROUP g c COUNT 1 STREAMS x >",
    "XREADGROUP GROUP g c STREAMS x 0",
    "XRANGE x - +",
    "XINFO STREAM x",
    "XINFO GROUPS x",
    "XPENDING x g",
    "XAUTOCLAIM x g d 0 0",
    "XACK x g 1-1",
  ],
  places: [
    "GEOPOS geo P none",
    "GEODIST geo P P",
    "GEOSEARCH geo FROMMEMBER P BYRADIUS 1 m WITHCOORD WITHDIST WITHHASH",
  ],
  texts: [
    "LCS s1 s2 IDX WITHMATCHLEN",
    "LCS s1 s2",
    "MGET s1 none",
    "GET none",
    "LPOP none",
    "INCRBYFLOAT f 1.5",
    "TYPE s1",
  ],
  integers: ["SET n 9223372036854775806", "INCR n", "BITFIELD n GET u8 0 SET u8 0 1", "EXISTS n"],
  libraries: ["FUNCTION STATS", "FUNCTION LIST"],
  errors: ["LPUSH s1 a", "ZADD z x a", "GET", "NOSUCH"],
};

let engine: Engine;
let gateway: Gateway;
let plain: SpawnedRedis;
let theirs: Redis;
let ours: Redis;
const raws: RawClient[] = [];

function open(port: number): RawClient {
  const raw = rawClient(port);
  raws.push(raw);
  return raw;
}

function lines(...texts: string[]): Buffer {
  return Buffer.concat(texts.map((text) => command(...text.split(" "))));
}

/** What comes back for these commands after HELLO 3. */
async function replies(port: number, commands: readonly string[]): Promise<string[]> {
  const raw = open(port);
  raw.send(lines("HELLO 3", ...commands, "ECHO end"));
  await waitFor(() => raw.received.endsWith("$3\r\nend\r\n") || raw.closed, {
    what: `replies to ${commands.join(", ")}`,
  });
  raw.close();
  return repliesThree(raw.received).slice(1);
}

async function expectSame(...commands: string[]): Promise<void> {
  const numbers = /"?(radix-tree-\w+|idle)"?: :\d+/g;
  const expected = await replies(plain.port, commands);
  const found = await replies(gateway.port, commands);
  expect(found.map((text) => text.replace(numbers, ""))).toEqual(expected.map((text) => text.replace(numbers, "")));
}

beforeAll(async () => {
  plain = await spawnRedis();
  theirs = plain.client();
  engine = await startEngine({ region: "eu", regions: ["eu", "us"] });
  const upstream = { host: engine.host, port: engine.port };
  gateway = await startGateway({ listen: { host: "127.0.0.1", port: 0 }, upstream, root: engine.root });
  ours = new Redis(gateway.port);
}, 30_000);

beforeEach(() => Promise.all([ours.flushall(), theirs.flushall()]));

afterEach(() => {
  for (const raw of raws.splice(0)) raw.close();
});

afterAll(async () => {
  ours.disconnect();
  await gateway.stop();
  await engine.stop();
  await plain.stop();
});

describe("replies have the types that Redis gives them", () => {
  test.each(Object.entries(COMMANDS))("%s", (_, commands) => expectSame(...SETUP, ...commands));
  test.each(Object.entries(COMMANDS))("%s, in a transaction", (name, commands) => {
    const queued = name === "errors" ? commands.slice(0, 2) : commands;
    return expectSame(...SETUP, "MULTI", "SET other 1", ...queued, "EXEC");
  });
  test("of scripts", () =>
    expectSame(
      ...SETUP,
      "EVAL return{1,false,'a'} 0",
      "EVAL redis.setresp(3)return(redis.call('HGETALL','h')) 1 h",
      "EVAL redis.setresp(3)return(redis.call('ZINCRBY','z',1,'a')) 1 z",
      "EVAL redis.setresp(3)return{tostring(redis.call('GET','none')),redis.call('ZSCORE','z','b')} 2 none z",
      "EVAL return{redis.call('GET','none')==false} 1 none",
      "EVAL return(redis.call('ZSCORE','z','b')) 1 z",
    ));
});

test("a protocol that is not there is refused, and one can go back", async () => {
  const raw = open(gateway.port);
  raw.send(
    lines("HELLO 4", "HGETALL h", "HELLO 3", "HGETALL h", "ZADD z 1 a", "ZINCRBY z 1 a", "HELLO 2", "ZINCRBY z 1 a"),
  );
  await waitFor(() => raw.received.endsWith("$1\r\n3\r\n"), { what: "the last reply" });
  expect(raw.received).toMatch(/^-NOPROTO [^\r]*\r\n\*0\r\n%7/);
  expect(raw.received).toContain("%0\r\n:1\r\n,2\r\n*14\r\n");
  raw.send(lines("HELLO 3", "RESET", "ZINCRBY z 1 a"));
  await waitFor(() => raw.received.endsWith("+RESET\r\n$1\r\n4\r\n"), { what: "the reply after RESET" });
});

test("time is over for who waits", async () => {
  expect(await replies(gateway.port, ["BLPOP none 0.01", "BLMOVE none other LEFT LEFT 0.01"])).toEqual([
    "_",
    "_",
    "$end",
  ]);
});

test("a subscribed client may send anything, and messages come between", async () => {
  const raw = open(gateway.port);
  raw.send(lines("HELLO 3", "SUBSCRIBE c d", "SET k v", "MULTI", "INCR n", "EXEC", "UNSUBSCRIBE d", "PING"));
  await waitFor(() => raw.received.endsWith("+PONG\r\n"), { what: "the last reply" });
  const confirmed = (kind: string, channel: string, count: number): string => `>[$${kind} $${channel} :${count}]`;
  expect(repliesThree(raw.received).slice(1)).toEqual([
    confirmed("subscribe", "c", 1),
    confirmed("subscribe", "d", 2),
    "+OK",
    "+OK",
    "+QUEUED",
    "*[:1]",
    confirmed("unsubscribe", "d", 1),
    "+PONG",
  ]);
  await ours.publish("c", "message");
  raw.send(lines("LRANGE none 0 -1"));
  await waitFor(() => raw.received.endsWith("*0\r\n"), { what: "the reply to LRANGE" });
  expect(repliesThree(raw.received).slice(-2)).toEqual([">[$message $c $message]", "*[]"]);
  raw.send(lines("UNSUBSCRIBE", "PUNSUBSCRIBE", "PING"));
  await waitFor(() => raw.received.includes("punsubscribe") && raw.received.endsWith("+PONG\r\n"), {
    what: "the rest",
  });
  expect(repliesThree(raw.received).slice(-3)).toEqual([
    confirmed("unsubscribe", "c", 0),
    ">[$punsubscribe _ :0]",
    "+PONG",
  ]);
});

describe("client-side caching", () => {
  test.runIf(native)("a key that was read is told of when it changes, by whoever", async () => {
    const raw = open(gateway.port);
    raw.send(lines("HELLO 3", "CLIENT TRACKING ON", "GET k"));
    await waitFor(() => raw.received.endsWith("+OK\r\n_\r\n"), { what: "the replies" });
    await ours.set("k", "v");
    await waitFor(() => raw.received.includes("invalidate"), { what: "the invalidation" });
    expect(repliesThree(raw.received).at(-1)).toBe(">[$invalidate *[$k]]");
  });

  test.runIf(native)("so is one that was read between writes of a transaction", async () => {
    const raw = open(gateway.port);
    raw.send(lines("HELLO 3", "CLIENT TRACKING ON", "MULTI", "GET k", "SET x 1", "HGET h f", "EXEC", "PING"));
    await waitFor(() => raw.received.endsWith("+PONG\r\n"), { what: "the replies" });
    expect(repliesThree(raw.received).slice(-2)).toEqual(["*[_ +OK _]", "+PONG"]);
    await ours.set("k", "v");
    await ours.hset("h", "f", "v");
    await waitFor(() => raw.received.match(/invalidate/g)?.length === 2, { what: "the invalidations" });
    expect(repliesThree(raw.received).slice(-2)).toEqual([">[$invalidate *[$k]]", ">[$invalidate *[$h]]"]);
  });

  test.runIf(native)("broadcasting tells of no key of Meridian's own", async () => {
    const raw = open(gateway.port);
    raw.send(lines("HELLO 3", "CLIENT TRACKING ON BCAST", "PING"));
    await waitFor(() => raw.received.endsWith("+PONG\r\n"), { what: "the replies" });
    await ours.hset("hash", "f", "v");
    await ours.rpush("list", "v");
    await ours.set("last", "v");
    await waitFor(() => raw.received.includes("last"), { what: "the last invalidation" });
    expect(raw.received).not.toContain("mer:{0}");
    const told = repliesThree(raw.received).slice(3);
    expect(
      told
        .join(" ")
        .match(/hash|list|last/g)
        ?.toSorted(),
    ).toEqual(["hash", "last", "list"]);
  });
});
