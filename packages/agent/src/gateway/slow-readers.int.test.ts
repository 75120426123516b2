/**
 * Clients that do not read what they asked for: it waits in the server, whose limits hold, and never in the gateway.
 */
import { findServerBinary } from "@meridian/engine";
import { spawnRedis, type SpawnedRedis, waitFor } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Gateway, startGateway } from "./index.js";
import { command, rawClient, type RawClient } from "./test-support/raw-client.js";
import { TOY_LIBRARY } from "./test-support/toy-library.js";

const native = await findServerBinary();

const MB = 1024 * 1024;
const HELD_BYTES_MAX = 56 * MB;
const MESSAGE = Buffer.alloc(MB, "m");
const MESSAGES = 100;

let server: SpawnedRedis;
let direct: Redis;
let gateway: Gateway;
const raws: RawClient[] = [];

beforeAll(async () => {
  server = await spawnRedis();
  direct = server.client();
  await direct.call("FUNCTION", "LOAD", TOY_LIBRARY);
});
beforeEach(async () => {
  const listen = { host: "127.0.0.1", port: 0 };
  const upstream = { host: server.host, port: server.port };
  gateway = await startGateway({ listen, upstream, root: "mer:{0}", limits: { stalledSeconds: 1 } });
});
afterEach(async () => {
  for (const raw of raws.splice(0)) raw.close();
  await gateway.stop();
});
afterAll(() => server.stop());

/** It has the first reply, and reads no more. */
async function stalled(line: string, reply: string): Promise<RawClient> {
  const raw = rawClient(gateway.port);
  raws.push(raw);
  raw.send(`${line}\r\n`);
  await waitFor(() => raw.received.includes(reply), { what: `the reply to ${line}` });
  raw.socket.pause();
  return raw;
}

async function grows(action: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  await action();
  return process.memoryUsage().rss - before;
}

/** 100 MB. */
async function publish(bytes = MB): Promise<void> {
  const message = MESSAGE.subarray(0, bytes);
  for (let sent = 0; sent < MESSAGES * MB; sent += bytes) await direct.publish("chatty", message);
}

test.skipIf(native === undefined)(
  "a subscribed client is given up by the server at its limit, and then closed here",
  async () => {
    await direct.config("SET", "client-output-buffer-limit", "pubsub 8mb 2mb 60");
    await stalled("SUBSCRIBE chatty", ":1\r\n");
    expect(await grows(publish)).toBeLessThan(HELD_BYTES_MAX);
    expect(await direct.client("LIST", "TYPE", "PUBSUB")).toBe("");
    await waitFor(() => gateway.stats().clientsConnected === 0, { what: "the client to be closed" });
    expect(gateway.stats()).toMatchObject({ clientsStalledClosed: 1 });
  },
  60_000,
);

test("a client that monitors, and does not read, is closed", async () => {
  await stalled("MONITOR", "+OK\r\n");
  expect(await grows(() => publish(64 * 1024))).toBeLessThan(HELD_BYTES_MAX);
  await waitFor(() => gateway.stats().clientsStalledClosed === 1, { what: "the client to be closed" });
  await waitFor(async () => !String(await direct.client("LIST")).includes("cmd=monitor"), {
    what: "the server to see it",
  });
}, 60_000);

test("a subscribed client that reads slowly gets every message", async () => {
  await direct.config("SET", "client-output-buffer-limit", "pubsub 0 0 0");
  const raw = rawClient(gateway.port, () => {
    raw.socket.pause();
    setImmediate(() => raw.socket.resume());
  });
  raws.push(raw);
  raw.send("SUBSCRIBE chatty\r\n");
  await waitFor(() => raw.socket.bytesRead > 0, { what: "the confirmation" });
  const confirmed = raw.socket.bytesRead;
  await publish();
  const each = "*3\r\n$7\r\nmessage\r\n$6\r\nchatty\r\n$1048576\r\n\r\n".length + MB;
  await waitFor(() => raw.socket.bytesRead === confirmed + MESSAGES * each, { what: "all of it", timeoutMs: 30_000 });
}, 60_000);

test.skipIf(native === undefined)(
  "a client that asks for more than the server holds for it gets what was on its way, and the end",
  async () => {
    await direct.config("SET", "client-output-buffer-limit", "normal 8mb 0 0");
    await direct.set("mb", MESSAGE);
    const raw = await stalled("PING", "+PONG\r\n");
    const asked = Buffer.concat(Array.from({ length: MESSAGES }, () => command("GET", "mb")));
    await direct.config("RESETSTAT");
    const givenUp = async (): Promise<boolean> =>
      (await direct.info("commandstats")).includes("cmdstat_get:") &&
      !String(await direct.client("LIST")).includes("cmd=get");
    expect(
      await grows(async () => {
        raw.send(asked);
        await waitFor(givenUp, { what: "the server to give the client up" });
      }),
    ).toBeLessThan(HELD_BYTES_MAX);
    raw.socket.resume();
    await waitFor(() => raw.closed, { what: "the end" });
    expect(raw.socket.bytesRead).toBeLessThan(MESSAGES * MB);
    await direct.config("SET", "client-output-buffer-limit", "normal 0 0 0");
  },
  60_000,
);
