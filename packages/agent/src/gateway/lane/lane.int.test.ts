/** Small commands of many clients over one connection: what they share, and what they must not. */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { spawnRedis, type SpawnedRedis, waitFor } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "../index.js";
import { command, rawClient, type RawClient } from "../test-support/raw-client.js";
import { TOY_LIBRARY } from "../test-support/toy-library.js";

let server: SpawnedRedis;
let direct: Redis;
let gateway: Gateway;
const raws: RawClient[] = [];

function open(): RawClient {
  const raw = rawClient(gateway.port);
  raws.push(raw);
  return raw;
}

async function ask(raw: RawClient, ...parts: string[]): Promise<string> {
  const before = raw.received.length;
  raw.send(command(...parts));
  await waitFor(() => raw.received.length > before, { what: `the reply to ${parts.join(" ")}` });
  return raw.received.slice(before);
}

/** Clients that have written once, so that their next writes may go together. */
async function proven(count: number): Promise<RawClient[]> {
  const clients = Array.from({ length: count }, open);
  await Promise.all(clients.map((raw) => ask(raw, "SET", "proof", "1")));
  return clients;
}

beforeEach(async () => {
  server = await spawnRedis();
  direct = server.client();
  await direct.call("FUNCTION", "LOAD", TOY_LIBRARY);
  gateway = await startGateway({
    listen: { host: "127.0.0.1", port: 0 },
    upstream: { host: server.host, port: server.port },
    root: "mer:{0}",
  });
});

afterEach(async () => {
  for (const raw of raws.splice(0)) raw.close();
  await gateway.stop();
  await server.stop();
});

describe("the lane", () => {
  test("takes what many clients write at once in few calls, each with its own reply", async () => {
    const clients = await proven(50);
    const before = gateway.stats();
    const replies = await Promise.all(
      clients.map(async (raw, index) => {
        const all = [];
        for (let round = 0; round < 20; round++) {
          all.push(await ask(raw, "INCR", `n${index}`));
          if (round % 5 === 4) all.push(await ask(raw, "GET", `n${index}`), await ask(raw, "SADD", `n${index}`, "x"));
        }
        return all.join("");
      }),
    );
    const one = Array.from({ length: 20 }, (_, round) => {
      const value = String(round + 1);
      const wrong = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
      return `:${value}\r\n${round % 5 === 4 ? `$${value.length}\r\n${value}\r\n${wrong}` : ""}`;
    }).join("");
    expect(replies).toEqual(clients.map(() => one));
    const written = gateway.stats().commandsWritten - before.commandsWritten;
    expect(written).toBe(50 * 24);
    expect(gateway.stats().functionCalls - before.functionCalls).toBeLessThan(written / 2);
  });

  test("keeps the order of a client's reads and writes", async () => {
    const [raw] = await proven(1);
    const commands = Array.from({ length: 100 }, (_, index) => [
      command("INCR", "n"),
      command("GET", "n"),
      command("MOVE", `l${index}`, "1"),
    ]);
    for (const bytes of commands.flat()) raw?.send(bytes);
    await waitFor(() => raw?.received.split("\r\n").length === 2 + 100 * 4, { what: "all replies" });
    const numbers = raw?.received
      .split("\r\n")
      .slice(1, -1)
      .filter((_, line) => line % 4 === 0);
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, index) => `:${index + 1}`));
  });

  test("speaks RESP3 to whom it is spoken", async () => {
    const raw = open();
    await ask(raw, "HELLO", "3");
    await ask(raw, "PING");
    const before = gateway.stats().functionCalls;
    expect(await ask(raw, "GET", "none")).toBe("_\r\n");
    expect(await ask(raw, "MGET", "none", "none")).toBe("*2\r\n_\r\n_\r\n");
    expect(await ask(raw, "INCR", "n")).toBe(":1\r\n");
    expect(await ask(raw, "HGETALL", "none")).toBe("%0\r\n");
    expect(gateway.stats().functionCalls - before).toBe(1);
    expect(await direct.call("CLIENT", "LIST")).toMatch(/cmd=fcall/);
  });

  test("gives no rights to a client that has none of its own", async () => {
    const [early] = await proven(1);
    await direct.config("SET", "requirepass", "secret");
    const late = open();
    expect(await ask(late, "SET", "a", "1")).toMatch(/^-NOAUTH/);
    expect(await ask(late, "SET", "a", "1")).toMatch(/^-NOAUTH/);
    expect(early && (await ask(early, "SET", "a", "1"))).toBe("+OK\r\n"); // as on a connection to the server itself
    await direct.call("ACL", "SETUSER", "reader", "on", ">pw", "~*", "+@read", "+auth");
    expect(early && (await ask(early, "AUTH", "reader", "pw"))).toBe("+OK\r\n");
    expect(early && (await ask(early, "SET", "a", "1"))).toMatch(/^-NOPERM/);
  });

  test("lost, closes who was owed something, and comes back", async () => {
    const [raw] = await proven(1);
    expect(raw && (await ask(raw, "INCR", "n"))).toBe(":1\r\n");
    await direct.client("KILL", "TYPE", "NORMAL", "SKIPME", "yes");
    await waitFor(() => raw?.closed, { what: "the client to be closed" });
    const connections = async (): Promise<number> =>
      String(await direct.client("LIST"))
        .trim()
        .split("\n").length;
    await waitFor(async () => (await connections()) === 2, { what: "the lane to be there again, beside our own" });
    const [again] = await proven(1);
    expect(again && (await ask(again, "INCR", "n"))).toBe(":2\r\n");
  });

  test("takes what many clients read at once in few turns of the server", async () => {
    const clients = await proven(50);
    const processed = async (): Promise<number> =>
      Number(/total_reads_processed:(\d+)/.exec(await direct.info("stats"))?.[1] ?? 0);
    const before = await processed();
    const READS = 40;
    await Promise.all(
      clients.map(async (raw) => {
        for (let round = 0; round < READS; round++) expect(await ask(raw, "GET", "proof")).toBe("$1\r\n1\r\n");
      }),
    );
    expect((await processed()) - before).toBeLessThan((50 * READS) / 2);
  });

  test("passes no large reply: it comes over the client's own connection, where its reads stay", async () => {
    const value = "v".repeat(200_000);
    await direct.set("big", value);
    const [raw, other] = (await proven(2)) as [RawClient, RawClient];
    const expected = `$${value.length}\r\n${value}\r\n`;
    const calls = async (): Promise<number> =>
      Number(/cmdstat_get:calls=(\d+)/.exec(await direct.info("commandstats"))?.[1] ?? 0);
    for (let round = 0; round < 5; round++) {
      const before = raw.received.length;
      raw.send(command("GET", "big"));
      expect(await ask(other, "GET", "proof")).toBe("$1\r\n1\r\n");
      await waitFor(() => raw.received.length - before >= expected.length, { what: "the value" });
      expect(raw.received.slice(before) === expected).toBe(true);
    }
    expect(await calls()).toBe(5 + 5 + 1);
    expect(await ask(raw, "INCR", "n")).toBe(":1\r\n");
  });

  test("holds up nobody for a client that does not read, and keeps little for it", async () => {
    const VALUES = 400;
    await direct.set("some", "v".repeat(60_000));
    const [other] = (await proven(1)) as [RawClient];
    let got = 0;
    const slow = rawClient(gateway.port, (chunk) => (got += chunk.length));
    raws.push(slow);
    slow.send(command("SET", "x", "1"));
    await waitFor(() => got === 5, { what: "its first reply" });
    slow.socket.pause();
    const before = gateway.stats();
    const calls = async (): Promise<number> =>
      Number(/cmdstat_get:calls=(\d+)/.exec(await direct.info("commandstats"))?.[1] ?? 0);
    for (let sent = 1; sent <= VALUES; sent++) {
      slow.send(command("GET", "some"));
      await waitFor(async () => (await calls()) >= sent, { what: "the read to be done", intervalMs: 1 });
    }
    expect(await ask(other, "GET", "x")).toBe("$1\r\n1\r\n");
    expect(gateway.stats().serverPauses).toBe(before.serverPauses + 1);
    slow.socket.resume();
    const total = 5 + VALUES * "$60000\r\n\r\n".length + VALUES * 60_000;
    await waitFor(() => got === total, { what: "all of it" });
  });

  test("made again when the server wants a password, is not used", async () => {
    const list = async (): Promise<string> => String(await direct.client("LIST"));
    const laneId = async (): Promise<string | undefined> => /id=(\d+) .* cmd=ping/.exec(await list())?.[1];
    const first = await waitFor(laneId, { what: "the lane to have asked" });
    const [raw] = (await proven(1)) as [RawClient];
    await direct.config("SET", "requirepass", "secret");
    await direct.client("KILL", "ID", first);
    await waitFor(async () => ((await laneId()) ?? first) !== first, { what: "the lane to have asked again" });
    for (let round = 0; round < 5; round++) expect(await ask(raw, "SET", "a", "1")).toBe("+OK\r\n");
  });
});

describe("a lane that is lost while it owes", () => {
  let fake: Server;
  let front: Gateway;
  const connections: Socket[] = [];

  /** The first connection is the lane, and answers nothing but PING. */
  beforeEach(async () => {
    fake = createServer((socket) => {
      const lane = connections.push(socket) === 1;
      socket.on("error", () => undefined); // the gateway may be gone first
      socket.on("data", (bytes) => {
        const text = bytes.toString("latin1");
        if (text.includes("PING")) socket.write("+PONG\r\n");
        else if (!lane) socket.write(text.includes("FCALL") ? "+OK\r\n" : "$1\r\nv\r\n");
      });
    });
    await new Promise<void>((resolve) => fake.listen(0, "127.0.0.1", resolve));
    const { port } = fake.address() as AddressInfo;
    front = await startGateway({
      listen: { host: "127.0.0.1", port: 0 },
      upstream: { host: "127.0.0.1", port },
      root: "mer:{0}",
    });
  });

  afterEach(async () => {
    await front.stop();
    for (const socket of connections.splice(0)) socket.destroy();
    await new Promise((resolve) => fake.close(resolve));
  });

  test("closes who waits for a write, asks reads again, and leaves the others alone", async () => {
    const [reader, writer, idle] = Array.from({ length: 3 }, () => rawClient(front.port)) as [
      RawClient,
      RawClient,
      RawClient,
    ];
    raws.push(reader, writer, idle);
    for (const raw of [reader, writer, idle]) expect(await ask(raw, "GET", "k")).toBe("$1\r\nv\r\n");
    let laned = Buffer.alloc(0);
    connections[0]?.on("data", (bytes: Buffer) => (laned = Buffer.concat([laned, bytes])));
    // Now and then a client's command goes over its own connection, and is answered.
    const toLane = async (raw: RawClient, ...parts: string[]): Promise<void> => {
      await waitFor(
        async () => {
          const [before, seen] = [raw.received.length, laned.length];
          raw.send(command(...parts));
          await waitFor(() => raw.received.length > before || laned.length > seen, { what: "either way" });
          return laned.length > seen;
        },
        { what: "the lane to be used" },
      );
    };
    await toLane(reader, "GET", "k");
    await toLane(writer, "SET", "k", "v");
    const before = reader.received.length;
    connections[0]?.destroy();
    await waitFor(() => writer.closed, { what: "the writer to be closed" });
    await waitFor(() => reader.received.length > before, { what: "the read's reply" });
    expect(reader.received.slice(before)).toBe("$1\r\nv\r\n");
    expect(await ask(idle, "GET", "k")).toBe("$1\r\nv\r\n");
    expect([reader.closed, idle.closed]).toEqual([false, false]);
  });
});
