/** Clients that wait in the gateway, found and ended by others: CLIENT UNBLOCK and CLIENT LIST, beside a plain server. */
import { startEngine, type Engine } from "@meridian/engine";
import { spawnRedis, type SpawnedRedis, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "../index.js";
import { command, rawClient, type RawClient } from "../test-support/raw-client.js";

let engine: Engine;
let plain: SpawnedRedis;
let gateway: Gateway;
let ours: Redis;
let theirs: Redis;
const raws: RawClient[] = [];

interface Side {
  readonly client: Redis;
  readonly port: number;
}

const sides = (): Side[] => [
  { client: ours, port: gateway.port },
  { client: theirs, port: plain.port },
];

beforeAll(async () => {
  engine = await startEngine({ region: "eu", regions: ["eu", "us"] });
  plain = await spawnRedis();
  const upstream = { host: engine.host, port: engine.port };
  gateway = await startGateway({ listen: { host: "127.0.0.1", port: 0 }, upstream, root: engine.root });
  [ours, theirs] = [new Redis(gateway.port), plain.client()];
}, 30_000);

afterEach(async () => {
  for (const raw of raws.splice(0)) raw.close();
  await waitFor(() => gateway.stats().clientsWaiting === 0, { what: "no waiting clients" });
});

afterAll(async () => {
  ours.disconnect();
  await gateway.stop();
  await Promise.all([engine.stop(), plain.stop()]);
});

async function blocked({ client }: Side, count: number): Promise<void> {
  const line = `blocked_clients:${count}\r\n`;
  await waitFor(async () => (await client.info("clients")).includes(line), { what: line, intervalMs: 1 });
}

/** A client that has sent this, and its id. */
async function open({ port }: Side, ...sent: string[]): Promise<{ raw: RawClient; id: string }> {
  const raw = rawClient(port);
  raws.push(raw);
  raw.send(command("CLIENT", "ID"));
  await waitFor(() => raw.received.endsWith("\r\n"), { what: "an id", intervalMs: 1 });
  const id = raw.received.slice(1, -2);
  for (const line of sent) raw.send(`${line}\r\n`);
  return { raw, id };
}

describe.each([
  "BLPOP l 0",
  "BRPOP l m 0",
  "BLMOVE l m LEFT RIGHT 0",
  "BLMPOP 0 1 l LEFT",
  "BZPOPMIN z 0",
  "BZMPOP 0 1 z MIN",
  "XREADGROUP GROUP g c BLOCK 0 STREAMS s >",
  "XREAD BLOCK 0 STREAMS s $",
  "WAIT 1 0",
])("%s", (wait) => {
  test.each([[[]], [["TIMEOUT"]], [["timeout"]], [["ERROR"]]])("CLIENT UNBLOCK with %j", async (how) => {
    const received: string[] = [];
    for (const side of sides()) {
      await side.client.call("FLUSHALL");
      await side.client.call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM");
      const { raw, id } = await open(side, wait, "ECHO end", wait.replace(/^WAIT 1/, "WAIT 2"));
      await blocked(side, 1);
      expect(await side.client.call("CLIENT", "UNBLOCK", id, ...how)).toBe(1);
      // It goes on, and waits again.
      await waitFor(() => raw.received.endsWith("$3\r\nend\r\n"), { what: "the end", intervalMs: 1 });
      await blocked(side, 1);
      expect(await side.client.call("CLIENT", "UNBLOCK", id, ...how)).toBe(1);
      await blocked(side, 0);
      expect(await side.client.call("CLIENT", "UNBLOCK", id, ...how)).toBe(0);
      received.push(raw.received.slice(`:${id}\r\n`.length));
    }
    expect(received[0]).toBe(received[1]);
  });
});

test("who is unblocked takes nothing, and stands in nobody's way", async () => {
  const [side] = sides() as [Side];
  const first = await open(side, "BLPOP l 0");
  await blocked(side, 1);
  const second = await open(side, "BLPOP l 0");
  await blocked(side, 2);
  expect(await ours.call("CLIENT", "UNBLOCK", first.id)).toBe(1);
  expect(await ours.rpush("l", "v")).toBe(1);
  await waitFor(() => second.raw.received.endsWith("$1\r\nv\r\n"), { what: "the value" });
  expect(first.raw.received).toBe(`:${first.id}\r\n*-1\r\n`);
});

test("the list of clients marks those that wait", async () => {
  for (const side of sides()) {
    const { id } = await open(side, "BLPOP none 0");
    await blocked(side, 1);
    const flagsOf = async (which: string): Promise<string | undefined> => {
      const list = (await side.client.call("CLIENT", "LIST")) as string;
      return new RegExp(`^id=${which} .* flags=(\\S+)`, "m").exec(list)?.[1];
    };
    expect(await flagsOf(id)).toBe("b");
    expect(await flagsOf(String(await side.client.client("ID")))).toBe("N");
    await side.client.call("CLIENT", "UNBLOCK", id);
    await waitFor(async () => (await flagsOf(id)) === "N", { what: "the mark to go" });
  }
});

test("who wants no reply unblocks all the same, and gets none", async () => {
  const [side] = sides() as [Side];
  const waiter = await open(side, "BLPOP none 0");
  await blocked(side, 1);
  const { raw, id } = await open(
    side,
    "CLIENT REPLY OFF",
    `CLIENT UNBLOCK ${waiter.id}`,
    "CLIENT LIST",
    "INFO meridian",
  );
  await waitFor(() => waiter.raw.received.endsWith("*-1\r\n"), { what: "the end of the waiting" });
  raw.send("CLIENT REPLY ON\r\nECHO end\r\n");
  await waitFor(() => raw.received.endsWith("$3\r\nend\r\n"), { what: "the end" });
  expect(raw.received).toBe(`:${id}\r\n+OK\r\n$3\r\nend\r\n`);
});

test("errors are the server's", async () => {
  for (const args of [["x"], ["-1"], ["1", "NEVER"], [], ["1", "ERROR", "x"]]) {
    const [mine, other] = await Promise.all(
      sides().map(({ client }) =>
        client.call("CLIENT", "UNBLOCK", ...args).catch((error: unknown) => (error as Error).message),
      ),
    );
    expect(mine, args.join(" ")).toBe(other);
  }
  expect(await ours.call("CLIENT", "UNBLOCK", "999999999")).toBe(0);
});

test("a user without the right unblocks nobody; one who may not ask for its id waits all the same", async () => {
  const rules = ["on", ">secret", "~*", "+@all", "-client"];
  await engine.redis.call("ACL", "SETUSER", "limited", ...rules);
  const user = new Redis(gateway.port, { username: "limited", password: "secret", disableClientInfo: true });
  const [side] = sides() as [Side];
  const { id } = await open(side, "BLPOP none 0");
  await blocked(side, 1);
  await expect(user.call("CLIENT", "UNBLOCK", id)).rejects.toThrow(/^NOPERM /);
  await blocked(side, 1);
  const popped = user.blpop("l", 0);
  await blocked(side, 2);
  await ours.rpush("l", "v");
  expect(await popped).toEqual(["l", "v"]);
  user.disconnect();
});
