/** Writes of many clients in one call: what they share, and what they must not. */
import { spawnRedis, type SpawnedRedis, waitFor } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "./index.js";
import { command, rawClient, type RawClient } from "./test-support/raw-client.js";
import { TOY_LIBRARY } from "./test-support/toy-library.js";

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
      command("LPUSH", `l${index}`, "x"),
    ]);
    for (const bytes of commands.flat()) raw?.send(bytes);
    await waitFor(() => raw?.received.split("\r\n").length === 2 + 100 * 4, { what: "all replies" });
    const numbers = raw?.received
      .split("\r\n")
      .slice(1, -1)
      .filter((_, line) => line % 4 === 0);
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, index) => `:${index + 1}`));
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
});
