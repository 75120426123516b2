/** Commands that wait for a value, through the gateway with the real function library, beside a plain server. */
import { connect } from "node:net";
import { startEngine, type Engine } from "@meridian/engine";
import { spawnRedis, type SpawnedRedis, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "../index.js";
import { command, rawClient, type RawClient } from "../test-support/raw-client.js";

let engine: Engine;
let plain: SpawnedRedis;
let ours: Redis;
let theirs: Redis;
let gateway: Gateway;
const raws: RawClient[] = [];

function open(port = gateway.port): RawClient {
  const raw = rawClient(port);
  raws.push(raw);
  return raw;
}

function waiting(count: number): Promise<unknown> {
  return waitFor(() => gateway.stats().clientsWaiting === count, { what: `${count} waiting clients`, intervalMs: 1 });
}

/** What a client waits with before this, gets by it. */
async function gets(raw: RawClient, text: string): Promise<void> {
  await waitFor(() => raw.received.length >= text.length, { what: JSON.stringify(text), intervalMs: 1 });
  expect(raw.received).toBe(text);
}

const bulks = (...items: string[]): string =>
  `*${items.length}\r\n${items.map((item) => `$${item.length}\r\n${item}\r\n`).join("")}`;

function startHere(): Promise<Gateway> {
  const upstream = { host: engine.host, port: engine.port };
  return startGateway({ listen: { host: "127.0.0.1", port: 0 }, upstream, root: engine.root });
}

beforeAll(async () => {
  engine = await startEngine({ region: "eu", regions: ["eu", "us"] });
  plain = await spawnRedis();
  gateway = await startHere();
  [ours, theirs] = [new Redis(gateway.port), plain.client()];
}, 30_000);

beforeEach(() => Promise.all([ours.flushall(), theirs.flushall()]));

afterEach(async () => {
  for (const raw of raws.splice(0)) raw.close();
  await waiting(0);
});

afterAll(async () => {
  ours.disconnect();
  await gateway.stop();
  await Promise.all([engine.stop(), plain.stop()]);
});

describe("a client that waits", () => {
  test.each([
    ["BLPOP l m 0", "RPUSH l a b"],
    ["BLPOP m l 0", "RPUSH l a b"],
    ["BRPOP l 0", "RPUSH l a b"],
    ["BLMOVE l m LEFT RIGHT 0", "RPUSH l a b"],
    ["BRPOPLPUSH l m 0", "RPUSH l a b"],
    ["BLMPOP 0 2 m l LEFT COUNT 5", "RPUSH l a b"],
    ["BZPOPMIN z y 0", "ZADD y 2 b 1 a"],
    ["BZPOPMAX z y 0", "ZADD y 2 b 1 a"],
    ["BZMPOP 0 2 z y MAX", "ZADD y 2 b 1 a"],
    ["blpop l 0.0", "RPUSH l a"],
  ])("%s gets what comes with %s", async (wait, write) => {
    const [mine, other] = [open(), open(plain.port)];
    for (const raw of [mine, other]) raw.send(`${wait}\r\nECHO end\r\n`);
    await waiting(1);
    await waitFor(async () => (await theirs.info("clients")).includes("blocked_clients:1"), { what: "theirs" });
    const [name = "", ...args] = write.split(" ");
    await Promise.all([ours.call(name, ...args), theirs.call(name, ...args)]);
    for (const raw of [mine, other]) await waitFor(() => raw.received.endsWith("$3\r\nend\r\n"), { what: "the end" });
    expect(mine.received).toBe(other.received);
    for (const key of ["l", "m", "y"]) expect(await ours.dump(key)).toEqual(await theirs.dump(key));
  });

  test("of a consumer group, gets entries; each group its own", async () => {
    for (const group of ["g", "h"]) await ours.xgroup("CREATE", "s", group, "$", "MKSTREAM");
    const readers: RawClient[] = [];
    for (const group of ["g", "h", "g"]) {
      const raw = open();
      raw.send(`XREADGROUP GROUP ${group} c BLOCK 0 STREAMS s >\r\n`);
      await waiting(readers.push(raw));
    }
    const [first, second, third] = readers as [RawClient, RawClient, RawClient];
    await ours.xadd("s", "1-1", "f", "v");
    const entry = "*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n";
    await gets(first, entry);
    await gets(second, entry);
    expect(third.received).toBe("");
    await ours.del("s");
    await gets(third, "-UNBLOCKED the stream key no longer exists\r\n");
  });

  test("who is served from one key leaves the other's values to the next", async () => {
    const readers = [open(), open(), open()] as const;
    for (const [index, raw] of readers.entries()) {
      raw.send(`BLMPOP 0 2 l m LEFT COUNT ${index + 1}\r\n`);
      await waiting(index + 1);
    }
    await ours.multi().rpush("l", "a", "b").rpush("m", "c").exec();
    const popped = (key: string, value: string): string => `*2\r\n$1\r\n${key}\r\n*1\r\n$1\r\n${value}\r\n`;
    const [first, second, third] = readers;
    await gets(first, popped("l", "a"));
    await gets(second, popped("l", "b"));
    await gets(third, popped("m", "c"));
  });

  test("who is refused leaves what there is to the next", async () => {
    await ours.set("taken", "v");
    const [refused, next] = [open(), open()];
    refused.send("BRPOPLPUSH l taken 0\r\n");
    await waiting(1);
    next.send("BRPOPLPUSH l m 0\r\n");
    await waiting(2);
    await ours.rpush("l", "v");
    await gets(refused, "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
    await gets(next, "$1\r\nv\r\n");
  });

  test("a group that is destroyed is waited for no more, with entries in the stream or not", async () => {
    await ours.xgroup("CREATE", "s", "g", "$", "MKSTREAM");
    for (const entries of [0, 1]) {
      if (entries === 1) {
        await ours.xadd("s", "1-1", "f", "v");
        await ours.xgroup("CREATE", "s", "g", "$");
      }
      await ours.xgroup("CREATE", "s", "other", "$");
      const raw = open();
      raw.send("XREADGROUP GROUP g c BLOCK 0 STREAMS s >\r\n");
      await waiting(1);
      await ours.xgroup("DESTROY", "s", "g");
      await gets(raw, "-NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option\r\n");
      await ours.xgroup("DESTROY", "s", "other");
    }
  });

  test("a stream in whose place another value comes is waited for no more", async () => {
    for (const write of [() => ours.set("s", "v"), () => ours.multi().del("s").rpush("s", "v").exec()]) {
      await ours.del("s");
      await ours.xgroup("CREATE", "s", "g", "$", "MKSTREAM");
      const raw = open();
      raw.send("XREADGROUP GROUP g c BLOCK 0 STREAMS s >\r\n");
      await waiting(1);
      await write();
      await gets(raw, "-UNBLOCKED the stream key no longer exists\r\n");
    }
  });

  test.each([
    ["BLPOP l 0.05"],
    ["BRPOP l m 0.05"],
    ["BLMOVE l m LEFT RIGHT 0.05"],
    ["BRPOPLPUSH l m 0.05"],
    ["BLMPOP 0.05 1 l LEFT"],
    ["BZPOPMIN z 0.05"],
    ["BZMPOP 0.05 1 z MIN"],
    ["BLPOP l"],
    ["BLPOP l x"],
    ["SET l x", "BLPOP l 0"],
    ["XREADGROUP GROUP g c BLOCK 50 STREAMS s >"],
    ["XGROUP CREATE s g $ MKSTREAM", "XREADGROUP GROUP g c BLOCK 50 STREAMS s >"],
    ["XGROUP CREATE s g $ MKSTREAM", "XREADGROUP GROUP g c BLOCK 0 STREAMS s 0"],
    ["XREAD BLOCK 50 STREAMS s $"],
    ["SUBSCRIBE c", "BLPOP l 0"],
  ])("%j is answered as by Redis when there is nothing, or it is wrong", async (...lines) => {
    const [mine, other] = [open(), open(plain.port)];
    for (const raw of [mine, other]) raw.send(`${lines.join("\r\n")}\r\nPING\r\nPING end\r\n`);
    for (const raw of [mine, other]) await waitFor(() => raw.received.includes("end"), { what: "the end" });
    expect(mine.received).toBe(other.received);
  });

  test("holds back what it sends behind it, and only that", async () => {
    const [raw, other] = [open(), open()];
    raw.send("SET a 1\r\nBLPOP l 0\r\nGET a\r\nINCR a\r\nBLPOP l 0\r\nGET a\r\n");
    await waiting(1);
    other.send("INCR a\r\nRPUSH l x\r\n");
    await gets(other, ":2\r\n:1\r\n");
    await gets(raw, `+OK\r\n${bulks("l", "x")}$1\r\n2\r\n:3\r\n`);
    await waiting(1);
    other.send("RPUSH l y\r\n");
    await gets(raw, `+OK\r\n${bulks("l", "x")}$1\r\n2\r\n:3\r\n${bulks("l", "y")}$1\r\n3\r\n`);
  });

  test("is served in the order of arrival, whatever number comes at once", async () => {
    const CLIENTS = 20;
    const clients: RawClient[] = [];
    for (let index = 0; index < CLIENTS; index++) {
      const raw = open();
      raw.send(command("BLPOP", index % 2 === 0 ? "l" : "other", "l", "0"));
      clients.push(raw);
      await waiting(index + 1);
    }
    await ours.rpush("l", ...Array.from({ length: 7 }, (_, index) => `e${index}`));
    await waiting(CLIENTS - 7);
    for (let index = 7; index < CLIENTS; index++) await ours.rpush("l", `e${index}`);
    await waiting(0);
    for (const [index, raw] of clients.entries()) await gets(raw, bulks("l", `e${index}`));
  });

  test("waits on when another type comes, and takes its own then", async () => {
    const raw = open();
    raw.send("BLPOP l 0\r\n");
    await waiting(1);
    await ours.set("l", "x");
    await ours.del("l");
    await ours.zadd("l", 1, "x");
    await ours.del("l");
    await ours.rpush("l", "y");
    await gets(raw, bulks("l", "y"));
  });

  test("is not kept from a value by one that waits for something else", async () => {
    const [zset, list] = [open(), open()];
    zset.send("BZPOPMIN k 0\r\n");
    await waiting(1);
    list.send("BLPOP k 0\r\n");
    await waiting(2);
    await ours.rpush("k", "x");
    await gets(list, bulks("k", "x"));
  });

  test.each(["end", "destroy"] as const)("and goes (%s), takes nothing with it", async (how) => {
    const [first, second] = [open(), open()];
    first.send("BLPOP l 0\r\n");
    await waiting(1);
    second.send("BLPOP l 0\r\n");
    await waiting(2);
    if (how === "end") first.socket.end();
    else first.socket.destroy();
    await waiting(1);
    await ours.rpush("l", "x", "y");
    await gets(second, bulks("l", "x"));
    expect(await ours.lrange("l", 0, -1)).toEqual(["y"]);
  });

  test("and sends much behind it, fills no memory", async () => {
    const [raw, other] = [open(), open()];
    raw.send("BLPOP l 0\r\n");
    await waiting(1);
    const value = "v".repeat(1024 * 1024);
    for (let count = 0; count < 40; count++) raw.send(command("SET", `k${count}`, value));
    raw.send(command("ECHO", "end"));
    const base = process.memoryUsage().rss;
    other.send("PING\r\n");
    await gets(other, "+PONG\r\n");
    await waitFor(() => gateway.stats().clientPauses > 0, { what: "the gateway to stop reading" });
    expect(process.memoryUsage().rss - base).toBeLessThan(60 * 1024 * 1024);
    await ours.rpush("l", "x");
    await waitFor(() => raw.received.endsWith("end\r\n"), { what: "all of it" });
    expect(await ours.exists(Array.from({ length: 40 }, (_, count) => `k${count}`))).toBe(40);
  });

  test("waits through a server that closes the connection that watches", async () => {
    const raw = open();
    raw.send("BLPOP l 0\r\n");
    await waiting(1);
    const watcher = async (): Promise<string | undefined> =>
      /id=(\d+) [^\n]*flags=t/.exec(String(await ours.client("LIST")))?.[1];
    const id = await waitFor(watcher, { what: "the connection that watches" });
    await ours.client("KILL", "ID", id);
    await ours.rpush("l", "x");
    await gets(raw, bulks("l", "x"));
  });

  test("is told when the agent's user may not watch", async () => {
    await ours.call("ACL", "SETUSER", "default", "-client|tracking");
    const front = await startHere();
    const raw = open(front.port);
    raw.send("BLPOP l 0\r\nECHO end\r\n");
    await waitFor(() => raw.received.includes("end"), { what: "the end" });
    expect(raw.received).toMatch(/^-MERIDIAN_CANNOTWAIT .*NOPERM/);
    await ours.call("ACL", "SETUSER", "default", "+client|tracking");
    raw.send("BLPOP l 0\r\n");
    await waitFor(() => front.stats().clientsWaiting === 1, { what: "the client to wait" });
    await ours.rpush("l", "x");
    await waitFor(() => raw.received.endsWith(bulks("l", "x")), { what: "the value" });
    await front.stop();
  });

  test("within MULTI does not wait", async () => {
    const raw = open();
    raw.send("MULTI\r\nBLPOP l 0\r\nRPUSH l x\r\nBLPOP l 0\r\nEXEC\r\n");
    await gets(raw, `+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n$-1\r\n:1\r\n${bulks("l", "x")}`);
  });

  test("is not there any more when the gateway stops", async () => {
    const front = await startHere();
    const raw = open(front.port);
    raw.send("BLPOP l 0\r\n");
    await waitFor(() => front.stats().clientsWaiting === 1, { what: "the client to wait" });
    await front.stop();
    await waitFor(() => raw.closed, { what: "its end" });
  });
});

test("many that pop and push at once lose nothing and get nothing twice", async () => {
  const [WORKERS, ELEMENTS] = [30, 3000];
  const got: string[] = [];
  const workers = Array.from({ length: WORKERS }, () => {
    const socket = connect(gateway.port, "127.0.0.1");
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      const found = /^\*2\r\n\$1\r\n[lm]\r\n\$\d+\r\n(\d+)\r\n$/.exec(text);
      if (found === null) return;
      got.push(found[1] ?? "");
      text = "";
      socket.write("BLPOP l m 0\r\n");
    });
    socket.write("BLPOP l m 0\r\n");
    return socket;
  });
  const pushers = Array.from({ length: 5 }, () => open());
  for (let index = 0; index < ELEMENTS; index++) {
    pushers[index % 5]?.send(command("RPUSH", index % 3 === 0 ? "m" : "l", String(index)));
    if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await waitFor(() => got.length >= ELEMENTS, { what: "all elements", timeoutMs: 30_000 });
  await waiting(WORKERS);
  expect(new Set(got).size).toBe(ELEMENTS);
  expect(got.length).toBe(ELEMENTS);
  for (const socket of workers) socket.destroy();
});
