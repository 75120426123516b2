/** The gateway between real clients and a real server; the function library is a stand-in that runs plain Redis. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findServerBinary } from "@meridian/engine";
import { freePorts, spawnRedis, type SpawnedRedis, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "./index.js";
import { command, rawClient, type RawClient } from "./test-support/raw-client.js";
import { TOY_LIBRARY } from "./test-support/toy-library.js";

/** The tools come with Redis. */
const native = await findServerBinary();

const run = promisify(execFile);
const ROOT = "mer:{0}";

let server: SpawnedRedis;
let direct: Redis;
let gateway: Gateway;
const raws: RawClient[] = [];

function open(port = gateway.port): RawClient {
  const raw = rawClient(port);
  raws.push(raw);
  return raw;
}

/** What comes back for these bytes; the client is closed with QUIT, so everything has come. */
async function exchange(bytes: string | Buffer, port?: number): Promise<string> {
  const raw = open(port);
  raw.send(bytes);
  raw.send(command("QUIT"));
  await waitFor(() => raw.closed, { what: "the end of the connection" });
  return raw.received.replace(/\+OK\r\n$/, "");
}

function start(limits = {}): Promise<Gateway> {
  const listen = { host: "127.0.0.1", port: 0 };
  return startGateway({ listen, upstream: { host: server.host, port: server.port }, root: ROOT, limits });
}

beforeAll(async () => {
  server = await spawnRedis();
  direct = server.client();
  await direct.call("FUNCTION", "LOAD", TOY_LIBRARY);
  gateway = await start();
});

beforeEach(() => direct.flushall());

afterEach(() => {
  for (const raw of raws.splice(0)) raw.close();
});

afterAll(async () => {
  await gateway.stop();
  await server.stop();
});

describe("clients", () => {
  test("ioredis: commands, pipelines, binary values, errors, subscriptions", async () => {
    const redis = new Redis(gateway.port);
    const binary = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await redis.set(binary, binary, "EX", 100);
    expect(await redis.getBuffer(binary)).toEqual(binary);
    expect(await redis.ttl(binary)).toBe(100);
    await redis.hset("hash", { a: 1, b: 2 });
    expect(await redis.hgetall("hash")).toEqual({ a: "1", b: "2" });
    const replies = await redis
      .pipeline()
      .incr("n")
      .get("n")
      .incr("n")
      .incr("n")
      .incr("hash")
      .move("l", 1)
      .get("n")
      .exec();
    expect(replies?.map(([error, value]) => error?.message.split(" ")[0] ?? value)).toEqual([
      1,
      "1",
      2,
      3,
      "WRONGTYPE",
      "MERIDIAN_UNSUPPORTED",
      "3",
    ]);
    expect(await redis.multi().set("a", 1).get("a").incr("a").exec()).toEqual([
      [null, "OK"],
      [null, "1"],
      [null, 2],
    ]);

    const listener = new Redis(gateway.port);
    const heard: string[] = [];
    listener.on("message", (channel: string, text: string) => heard.push(`${channel}:${text}`));
    listener.on("pmessage", (pattern: string, channel: string, text: string) =>
      heard.push(`${pattern}:${channel}:${text}`),
    );
    await listener.subscribe("news", "more");
    await listener.psubscribe("n*");
    expect(await redis.publish("news", "hello")).toBe(2);
    await waitFor(() => heard.length === 2, { what: "both messages" });
    expect(heard.toSorted()).toEqual(["n*:news:hello", "news:hello"]);
    await listener.unsubscribe("news", "more");
    await listener.punsubscribe("n*");
    expect(await listener.get("n")).toBe("3");
    redis.disconnect();
    listener.disconnect();
  });

  test("node-redis: commands, automatic pipelining, scan, errors", async () => {
    const client = createClient({ url: `redis://127.0.0.1:${gateway.port}` });
    client.on("error", () => undefined); // every command rejects anyway
    await client.connect();
    await Promise.all(Array.from({ length: 300 }, (_, index) => client.set(`k${index}`, `v${index}`)));
    expect(await Promise.all([client.get("k7"), client.exists(["k1", "k2", "no"]), client.incrBy("n", 5)])).toEqual([
      "v7",
      2,
      5,
    ]);
    let found = 0;
    for await (const keys of client.scanIterator({ MATCH: "k*", COUNT: 100 })) found += keys.length;
    expect(found).toBe(300);
    await expect(client.move("z", 1)).rejects.toThrow("MERIDIAN_UNSUPPORTED 'MOVE'");
    await client.close();
  });

  test.skipIf(native?.kind !== "redis")("redis-cli and redis-benchmark", async () => {
    const port = String(gateway.port);
    expect((await run("redis-cli", ["-p", port, "SET", "a", "1"])).stdout).toBe("OK\n");
    expect((await run("redis-cli", ["-p", port, "INCR", "a"])).stdout).toBe("2\n");
    const options = [
      "-p",
      port,
      "-q",
      "--csv",
      "-n",
      "5000",
      "-t",
      "ping_inline,ping_mbulk,set,get,incr,sadd,hset,spop,mset",
    ];
    for (const depth of ["1", "16"]) {
      const { stdout, stderr } = await run("redis-benchmark", [...options, "-P", depth]);
      expect(`${stdout}${stderr}`).not.toMatch(/error/i);
      expect(stdout.trim().split("\n").length).toBe(10);
    }
    expect(gateway.stats().functionCalls).toBeLessThan(gateway.stats().commandsWritten);
  });
});

describe("replies", () => {
  test("keep their order, whoever gives them", async () => {
    const bytes = Buffer.concat([
      command("SET", "x", "1"),
      command("MOVE", "x", "1"),
      command("GET", "x"),
      Buffer.from("incr x\r\nINCR x\r\n"),
      command("NOSUCH", "a", "b"),
      command("MGET", "x", "y"),
      command("GET", `${ROOT}:w`),
    ]);
    const lines = (await exchange(bytes)).split("\r\n");
    expect(lines[0]).toBe("+OK");
    expect(lines[1]).toMatch(/^-MERIDIAN_UNSUPPORTED 'MOVE' is not replicated by this version of Meridian: /);
    expect(lines.slice(2, 6)).toEqual(["$1", "1", ":2", ":3"]);
    expect(lines[6]).toBe("-ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' ");
    expect(lines.slice(7, 11)).toEqual(["*2", "$1", "3", "$-1"]);
    expect(lines[11]).toMatch(/^-MERIDIAN_RESERVEDKEY/);
  });

  test("to SELECT tell what no server has from what is not replicated", async () => {
    const bytes = ["0", "1", "16", "-1", "x"].map((index) => command("SELECT", index));
    const lines = (await exchange(Buffer.concat(bytes))).split("\r\n");
    expect(lines[0]).toBe("+OK");
    expect(lines[1]).toMatch(/^-MERIDIAN_UNSUPPORTED 'SELECT 1' is not replicated .*: use database 0/);
    expect(lines.slice(2, 4)).toEqual(Array.from({ length: 2 }, () => "-ERR DB index is out of range"));
    expect(lines[4]).toMatch(/^-ERR .*(integer|DB index)/);
  });

  test("tell a subcommand that is refused from one that is none", async () => {
    const bytes = [
      ["CONFIG", "REWRITE"],
      ["Config", "No\nsuch", "x"],
      ["OBJECT", "NOSUCH"],
      ["CLIENT", "x"],
    ].map((words) => command(...words));
    const lines = (await exchange(Buffer.concat(bytes))).split("\r\n");
    expect(lines[0]).toMatch(/^-MERIDIAN_UNSUPPORTED 'CONFIG REWRITE' is not replicated/);
    expect(lines.slice(1, 4)).toEqual([
      "-ERR unknown subcommand 'No such'. Try CONFIG HELP.",
      "-ERR unknown subcommand 'NOSUCH'. Try OBJECT HELP.",
      "-ERR unknown subcommand 'x'. Try CLIENT HELP.",
    ]);
  });

  test.each([
    "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$-5\r\n",
    "*a\r\n",
    "*1\r\n:3\r\n",
    "*2147483648\r\n",
    'set "a\r\n',
    "*1\r\n$536870913\r\n",
    "*1\r\n$01\r\n",
    "x".repeat(70_000),
    `*${"1".repeat(70_000)}`,
    `*1\r\n$${"1".repeat(70_000)}`,
  ])("to broken bytes are the server's own (%#)", async (bytes) => {
    const [ours, theirs] = [open(), open(server.port)];
    for (const raw of [ours, theirs]) raw.send(Buffer.concat([command("PING"), Buffer.from(bytes)]));
    await waitFor(() => ours.closed && theirs.closed, { what: "both connections to be closed" });
    expect(ours.received).toBe(theirs.received);
  });

  test("of subscribed and monitoring connections are told from messages", async () => {
    const raw = open();
    raw.send("SUBSCRIBE a b\r\nPSUBSCRIBE p*\r\nPING\r\n");
    await waitFor(() => raw.received.includes("pong"), { what: "the reply to PING" });
    await direct.publish("a", "x".repeat(100_000));
    raw.send("MOVE l 1\r\nUNSUBSCRIBE\r\nPUNSUBSCRIBE\r\nGET k\r\nMOVE l 1\r\nMONITOR\r\n");
    await waitFor(() => raw.received.endsWith("+OK\r\n"), { what: "MONITOR" });
    await direct.echo("seen");
    await waitFor(() => raw.received.includes('"seen"'), { what: "a line of MONITOR" });
    raw.send("MOVE l 1\r\nRESET\r\nGET k\r\n");
    await waitFor(() => raw.received.endsWith("+RESET\r\n$-1\r\n"), { what: "the reply after RESET" });
    expect(raw.received.match(/MERIDIAN_UNSUPPORTED/g)?.length).toBe(3);
    expect(raw.received.match(/unsubscribe\r\n/g)?.length).toBe(3);
  });

  test("to a subscribed client that writes are the server's own", async () => {
    const [ours, theirs] = [open(), open(server.port)];
    for (const raw of [ours, theirs]) {
      raw.send("SUBSCRIBE a\r\nPUBLISH a x\r\nSET k v\r\nUNSUBSCRIBE\r\nSET k v\r\nINCR k\r\nPUBLISH a x\r\n");
      await waitFor(() => raw.received.endsWith(":0\r\n"), { what: "the last reply" });
    }
    expect(ours.received).toBe(theirs.received);
    expect(ours.received).toContain("Can't execute 'publish'");
  });

  test("say that the function is being loaded when it is missing", async () => {
    await direct.call("FUNCTION", "FLUSH");
    const text = await exchange(
      Buffer.concat([command("SET", "a", "1"), command("GET", "a"), command("INCR", "a"), command("INCR", "a")]),
    );
    await direct.call("FUNCTION", "LOAD", TOY_LIBRARY);
    expect(text.match(/-LOADING Meridian's function library/g)?.length).toBe(3);
  });
});

describe("size and speed of the other side", () => {
  test("a value of 300 MB passes without being held", async () => {
    const size = 300 * 1024 * 1024;
    const before = gateway.stats().commandsStreamed;
    const raw = open();
    const piece = Buffer.alloc(1024 * 1024, "v");
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
    const base = process.memoryUsage().rss;
    raw.send(`*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$${size}\r\n`);
    for (let sent = 0; sent < size; sent += piece.length) {
      if (!raw.socket.write(piece)) await new Promise((resolve) => raw.socket.once("drain", resolve));
    }
    raw.send("\r\n");
    await waitFor(() => raw.received === "+OK\r\n" || raw.received.startsWith("-"), {
      what: "the reply",
      timeoutMs: 60_000,
    });
    clearInterval(watch);
    expect(raw.received).toBe("+OK\r\n");
    expect(await direct.strlen("big")).toBe(size);
    expect(gateway.stats().commandsStreamed).toBe(before + 1);
    expect(peak - base).toBeLessThan(150 * 1024 * 1024);
    await direct.del("big");
  }, 90_000);

  test("a client that never reads does not fill the memory", async () => {
    const READS = 300;
    await direct.set("mb", Buffer.alloc(1024 * 1024, "v"));
    await direct.config("RESETSTAT");
    const raw = rawClient(gateway.port, () => undefined);
    raws.push(raw);
    raw.socket.pause();
    const base = process.memoryUsage().rss;
    raw.send(Buffer.concat(Array.from({ length: READS }, () => command("GET", "mb"))));
    const executed = async (): Promise<number> =>
      Number(/cmdstat_get:calls=(\d+)/.exec(await direct.info("commandstats"))?.[1] ?? 0);
    await waitFor(async () => (await executed()) === READS, { what: "all reads to be executed" });
    await waitFor(() => gateway.stats().serverPauses > 0, { what: "the gateway to stop reading the server" });
    expect(process.memoryUsage().rss - base).toBeLessThan(40 * 1024 * 1024);
    raw.socket.resume();
    const total = READS * (1024 * 1024 + "$1048576\r\n\r\n".length);
    await waitFor(() => raw.socket.bytesRead === total, { what: "all of it", timeoutMs: 60_000 });
  }, 90_000);
});

describe("connections", () => {
  test("one too many is told so in Redis's words", async () => {
    const small = await start({ clientsMax: 1 });
    const first = open(small.port);
    first.send(command("PING"));
    await waitFor(() => first.received === "+PONG\r\n", { what: "the first client" });
    const second = open(small.port);
    await waitFor(() => second.closed, { what: "the second client to be closed" });
    expect(second.received).toBe("-ERR max number of clients reached\r\n");
    expect(small.stats()).toMatchObject({ clientsConnected: 1, clientsRefused: 1 });
    await small.stop();
    await waitFor(() => first.closed, { what: "the first client to be closed" });
  });

  test("stop gives what is owed first", async () => {
    const other = await start();
    const raw = open(other.port);
    raw.send(command("XREAD", "BLOCK", "200", "STREAMS", "s", "$"));
    await waitFor(async () => String(await direct.client("LIST")).includes("cmd=xread"), { what: "the blocking read" });
    await other.stop();
    await waitFor(() => raw.closed, { what: "the client to be closed" });
    expect(raw.received).toBe("*-1\r\n");
  });

  test("a port in use is named, with what to do", async () => {
    const listen = { host: "127.0.0.1", port: gateway.port };
    const again = startGateway({ listen, upstream: { host: server.host, port: server.port }, root: ROOT });
    await expect(again).rejects.toMatchObject({
      code: "MERIDIAN_PORTINUSE",
      message: expect.stringContaining(`${gateway.port}`) as string,
    });
  });

  test("a server that is not there is said to be down", async () => {
    const [nowhere = 0] = await freePorts(1);
    const listen = { host: "127.0.0.1", port: 0 };
    const lonely = await startGateway({ listen, upstream: { host: "127.0.0.1", port: nowhere }, root: ROOT });
    const raw = open(lonely.port);
    raw.send(command("PING"));
    await waitFor(() => raw.closed, { what: "the connection to be closed" });
    expect(raw.received === "" || raw.received.startsWith("-MERIDIAN_SERVERDOWN")).toBe(true);
    await lonely.stop();
  });

  test("a server that goes away takes its clients along, and AUTH is the server's business", async () => {
    const other = await spawnRedis();
    const admin = other.client();
    await admin.call("FUNCTION", "LOAD", TOY_LIBRARY);
    await admin.config("SET", "requirepass", "secret");
    const listen = { host: "127.0.0.1", port: 0 };
    const front = await startGateway({ listen, upstream: { host: other.host, port: other.port }, root: ROOT });
    const raw = open(front.port);
    raw.send(
      Buffer.concat([
        command("SET", "a", "1"),
        command("AUTH", "secret"),
        command("SET", "a", "1"),
        command("GET", "a"),
      ]),
    );
    await waitFor(() => raw.received.endsWith("$1\r\n1\r\n"), { what: "the replies" });
    expect(raw.received).toMatch(/^-NOAUTH [^\r]*\r\n\+OK\r\n\+OK\r\n/);
    await other.kill9();
    await waitFor(() => raw.closed, { what: "the client to be closed" });
    expect(front.stats().serverConnectionsLost).toBe(1);
    await front.stop();
    await other.stop();
  });
});
