/** MULTI and its like through the gateway, with the real function library, beside a plain server of the same kind. */
import { findServerBinary, startEngine, type Engine } from "@meridian/engine";
import { seededRandom, type SeededRandom, type SpawnedRedis, spawnRedis, testSeed, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "../index.js";
import { command, rawClient, type RawClient } from "../test-support/raw-client.js";
import { TOY_LIBRARY } from "../test-support/toy-library.js";

const native = await findServerBinary();
const END = "$3\r\nend\r\n";

let engine: Engine;
let gateway: Gateway;
let plain: SpawnedRedis;
let theirs: Redis;
let ours: Redis;
const raws: RawClient[] = [];

function open(port = gateway.port): RawClient {
  const raw = rawClient(port);
  raws.push(raw);
  return raw;
}

/** What comes back for these commands, each a line. */
async function replies(port: number, lines: readonly string[]): Promise<string> {
  const raw = open(port);
  raw.send(`${lines.join("\r\n")}\r\nECHO end\r\n`);
  await waitFor(() => raw.received.endsWith(END) || raw.closed, { what: `the replies to ${lines.join(", ")}` });
  raw.close();
  return raw.received;
}

/** To the last byte what the plain server says; nil is nil. */
async function expectSame(...lines: string[]): Promise<void> {
  expect(await replies(gateway.port, lines)).toBe(await replies(plain.port, lines));
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

describe("word for word as Redis", () => {
  test.each([
    ["MULTI", "SET a 1", "INCR a", "GET a", "HSET a f v", "EXEC", "GET a"],
    ["MULTI", "EXEC"],
    ["MULTI", "GET a", "MGET a b", "EXEC"],
    ["MULTI", "SET a 1", "DISCARD", "GET a"],
    ["EXEC", "DISCARD", "MULTI x", "EXEC x", "DISCARD x", "UNWATCH x", "WATCH"],
    ["MULTI", "EXEC x", "GET a", "EXEC"],
    ["MULTI", "DISCARD x", "GET a", "EXEC"],
    ["MULTI", "MULTI x", "SET a 1", "EXEC", "GET a"],
    ["MULTI", "NOSUCH x", "SET a 1", "EXEC", "GET a"],
    ["MULTI", "SET a", "SET a 1", "EXEC", "GET a"],
    ["MULTI", "GET", "DISCARD", "EXEC"],
    ["MULTI", "CONFIG GET", "OBJECT", "XINFO STREAM", "EXEC"],
    [
      "LPOP l",
      "LPOP l 2",
      "RPOP l 1",
      "LMPOP 2 l m LEFT",
      "ZMPOP 1 z MIN",
      "ZMPOP 1 z MIN COUNT 2",
      "LPOP l x",
      "GET a",
    ],
    ["RPUSH l a b c", "ZADD z 1 m", "LPOP l 2", "LMPOP 2 m l LEFT", "ZMPOP 1 z MIN", "SET z v", "ZMPOP 1 z MIN"],
    ["MULTI", "PING", "SELECT 0", "CLIENT GETNAME", "UNWATCH", "EXEC"],
    ["MULTI", "SET a 1", "CLIENT GETNAME", "EXEC", "GET a"],
    ["MULTI", "CLIENT GETNAME", "SET a 1", "PING", "GET a", "INCR a", "CLIENT GETNAME", "EXEC", "GET a"],
    ["MULTI", "SUBSCRIBE c d", "SET a 1", "EXEC", "UNSUBSCRIBE c d"],
    ["SUBSCRIBE c", "MULTI", "UNSUBSCRIBE c", "MULTI", "SET a 1", "EXEC"],
    ["MULTI", "RESET", "GET a", "EXEC"],
    ["WATCH a", "MULTI", "SET a 1", "SET b 1", "EXEC", "GET a"],
    ["WATCH a", "SET a 0", "MULTI", "SET a 1", "EXEC", "MULTI", "GET a", "EXEC"],
    ["WATCH a", "SET a 0", "MULTI", "GET a", "EXEC"],
    ["WATCH a", "SET a 0", "UNWATCH", "MULTI", "SET a 1", "EXEC"],
    ["WATCH a", "SET a 0", "MULTI", "GET a", "DISCARD", "MULTI", "SET a 1", "EXEC"],
    ["WATCH a", "SET a 0", "MULTI", "NOSUCH", "EXEC", "MULTI", "SET a 1", "EXEC"],
    ["WATCH a", "MULTI", "EXEC"],
    ["WATCH a", "SET a 0", "MULTI", "EXEC"],
    ["WATCH a", "MULTI", "CLIENT GETNAME", "SET a 1", "GET a", "EXEC"],
    ["MULTI", "INCRBY a 9223372036854775807", "INCR a", "SET b 12345678901234567", "INCR b", "EXEC"],
    ["SET x y", "MULTI", "SET a 1", "QUIT"],
    ["MULTI", "SORT a", "BITFIELD a GET u8 0", "SET a 1", "SORT_RO a", "EXEC"],
  ])("%j", async (...lines) => {
    await expectSame(...lines);
  });

  // Valkey 9 has other words for these.
  test.skipIf(native?.kind !== "redis").each([
    ["MULTI", "SHUTDOWN", "SYNC", "SET a 1", "EXEC", "GET a"],
    ["MULTI", "MULTI", "SET a 1", "EXEC"],
    ["MULTI", "WATCH a", "SET a 1", "EXEC"],
    ["MULTI", "SAVE", "EXEC"],
  ])("%j", async (...lines) => {
    await expectSame(...lines);
  });

  test("to somebody who is not let in, and then is", async () => {
    const [first, second] = await Promise.all([spawnRedis(), spawnRedis()]);
    const clients = [first.client(), second.client()] as const;
    await clients[0].call("FUNCTION", "LOAD", TOY_LIBRARY);
    for (const redis of clients) await redis.config("SET", "requirepass", "pw");
    const upstream = { host: first.host, port: first.port };
    const front = await startGateway({ listen: { host: "127.0.0.1", port: 0 }, upstream, root: "mer:{0}" });
    const lines = ["MULTI", "SET a 1", "EXEC", "AUTH pw", "MULTI", "SET a 1", "RESET", "MULTI", "AUTH pw", "GET a"];
    expect(await replies(front.port, lines)).toBe(await replies(second.port, lines));
    await front.stop();
    await Promise.all([first.stop(), second.stop()]);
  });
});

describe("a transaction", () => {
  test("is one entry of the log, however many commands it has", async () => {
    const direct = new Redis(engine.port);
    const entries = async (): Promise<number> => {
      const [log = ""] = await direct.keys("mer:{0}:log:*");
      return await direct.xlen(log);
    };
    await ours.set("x", 0);
    const before = await entries();
    const many = ours.multi();
    for (let index = 0; index < 300; index++) many.set(`k${index}`, index).get(`k${index}`);
    const results = await many.exec();
    expect(results?.length).toBe(600);
    expect(results?.at(-1)).toEqual([null, "299"]);
    expect((await entries()) - before).toBe(1);
    direct.disconnect();
  });

  test("sees with WATCH what others write, whichever way", async () => {
    const [watcher, direct] = [new Redis(gateway.port), new Redis(engine.port)];
    for (const write of [
      () => ours.set("w", "theirs"),
      () => ours.multi().set("w", "theirs").exec(),
      () => direct.call("FCALL", "mer", "1", "mer:{0}", "DEL", "w"),
    ]) {
      await watcher.watch("w");
      await write();
      expect(await watcher.multi().set("w", "mine").exec()).toBeNull();
      await watcher.watch("w");
      expect(await watcher.multi().set("w", "mine").get("w").exec()).toEqual([
        [null, "OK"],
        [null, "mine"],
      ]);
    }
    watcher.disconnect();
    direct.disconnect();
  });

  test("is not what is refused by name, before or after it came to EXEC", async () => {
    const refused = await replies(gateway.port, ["MULTI", "SET a 1", "MOVE a 1", "EXEC", "GET a"]);
    expect(refused).toMatch(/-MERIDIAN_UNSUPPORTED 'MOVE'.*\r\n-EXECABORT .* previous errors\.\r\n\$-1\r\n/);
    const between = await replies(gateway.port, ["MULTI", "SET a 1", "CLIENT GETNAME", "SET a 2", "EXEC", "GET a"]);
    expect(between).toMatch(/-EXECABORT .*'CLIENT' between the writes of a transaction.*\r\n\$-1\r\n/);
    const reserved = await replies(gateway.port, ["MULTI", "GET mer:{0}:w", "EXEC"]);
    expect(reserved).toMatch(/-MERIDIAN_RESERVEDKEY .*\r\n-EXECABORT /);
  });

  test("on a full server is discarded as a whole", async () => {
    const direct = new Redis(engine.port);
    await direct.config("SET", "maxmemory", "1");
    const text = await replies(gateway.port, ["MULTI", "SET a 1", "EXEC", "WATCH a", "MULTI", "SET a 1", "EXEC"]);
    await direct.config("SET", "maxmemory", "0");
    direct.disconnect();
    expect(text).toMatch(/-EXECABORT Transaction discarded because of: OOM [^]*-EXECABORT .* previous errors/);
    expect(await ours.get("a")).toBeNull();
  });

  test("on a server that is known to be full is refused as a whole too, where one command needs memory", async () => {
    const [direct, script] = [new Redis(engine.port), new Redis(gateway.port)];
    await ours.set("a", "old");
    await direct.config("SET", "maxmemory", "1");
    await expect(ours.set("a", "new")).rejects.toThrow(/^OOM /);
    const text = await replies(gateway.port, ["MULTI", "DEL a", "SET b 1", "EXEC", "MULTI", "GET a", "PING", "EXEC"]);
    const read = "return redis.call('GET', KEYS[1])";
    expect(await script.multi().eval(read, 1, "a").del("a").exec()).toEqual([
      [null, "old"],
      [null, 1],
    ]);
    await direct.config("SET", "maxmemory", "0");
    for (const redis of [direct, script]) redis.disconnect();
    expect(text).toMatch(/-EXECABORT Transaction discarded because of: OOM [^]*\*2\r\n\$3\r\nold\r\n\+PONG/);
  });

  test("takes values that are large", async () => {
    const value = "v".repeat(3_000_000);
    expect(await ours.multi().set("a", value).set("b", value).strlen("a").exec()).toEqual([
      [null, "OK"],
      [null, "OK"],
      [null, 3_000_000],
    ]);
  });
});

const SEEDS = [1, 2, testSeed()];
const LINES = `MULTI,MULTI,MULTI,EXEC,EXEC,EXEC,DISCARD,WATCH a,WATCH b,UNWATCH,SET a 1,SET b x,INCR a,GET a,MGET a b,
DEL a b,HSET h f v,HGET h f,INCR h,GET,NOSUCH,CLIENT GETNAME,PING,EXISTS a,SADD s m,STRLEN b,TYPE a`.split(/,\s*/);

function someLines(random: SeededRandom): string[] {
  const lines = [...Array.from({ length: random.integer(5, 40) }, () => random.pick(LINES)), "DISCARD"];
  // What Redis allows between writes and the gateway does not.
  return lines.some((line) => line.startsWith("CLIENT"))
    ? lines.filter((line) => !/^(SET|DEL|SADD)/.test(line))
    : lines;
}

test.skipIf(native === undefined).each(SEEDS)("any order of commands, cut anywhere (seed %i)", async (seed) => {
  const random = seededRandom(seed);
  for (let round = 0; round < 40; round++) {
    await Promise.all([ours.flushall(), theirs.flushall()]);
    const lines = someLines(random);
    const bytes = Buffer.concat([...lines.map((line) => command(...line.split(" "))), command("ECHO", "end")]);
    const [mine, other] = [open(), open(plain.port)];
    other.send(bytes);
    for (let at = 0; at < bytes.length;) {
      const length = random.integer(1, random.pick([20, 200, 2000]));
      mine.send(bytes.subarray(at, at + length));
      await new Promise((resolve) => setImmediate(resolve));
      at += length;
    }
    await waitFor(() => mine.received.endsWith(END) && other.received.endsWith(END), { what: "all replies" });
    const between = mine.received.includes("between the writes");
    if (!between) expect(mine.received, lines.join(", ")).toBe(other.received);
    for (const raw of raws.splice(0)) raw.close();
  }
});
