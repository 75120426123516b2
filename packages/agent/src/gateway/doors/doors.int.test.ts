/** The unix socket, and what holds for clients whichever door they come through: limits, idling, the end. */
import { existsSync, statSync, writeFileSync } from "node:fs";
import { connect as connectSocket, createServer } from "node:net";
import { join } from "node:path";
import { once } from "node:events";
import { spawn } from "node:child_process";
import { type Engine, startEngine } from "@meridian/engine";
import { tempDir, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Gateway, type GatewayOptions, startGateway } from "../index.js";
import { command, rawClient, type RawClient } from "../test-support/raw-client.js";

let engine: Engine;
let direct: Redis;
const open: (() => unknown)[] = [];

beforeAll(async () => {
  engine = await startEngine({ region: "eu", regions: ["eu", "us"] });
  direct = new Redis(engine.port);
});
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});
afterAll(async () => {
  direct.disconnect();
  await engine.stop();
});

async function start(options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const gateway = await startGateway({
    upstream: { host: engine.host, port: engine.port },
    root: engine.root,
    ...(options.unixSocket === undefined && { listen: { host: "127.0.0.1", port: 0 } }),
    ...options,
  });
  open.push(() => gateway.stop());
  return gateway;
}

function client(gateway: Gateway): RawClient {
  const raw = rawClient(gateway.port);
  open.push(() => raw.close());
  return raw;
}

function socketPath(): string {
  return join(tempDir("meridian-unix-").path, "gateway.sock");
}

test("a unix socket serves with the permissions that were asked for, and is gone after the stop", async () => {
  const path = socketPath();
  const gateway = await start({ unixSocket: { path, permissions: "770" } });
  expect(statSync(path).mode & 0o777).toBe(0o770);
  const redis = new Redis({ path });
  open.push(() => redis.disconnect());
  expect(await redis.set("k", "v")).toBe("OK");
  expect(await redis.get("k")).toBe("v");
  await gateway.stop();
  expect(existsSync(path)).toBe(false);
  await start({ unixSocket: { path } });
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test("a socket that a killed process left is replaced, a live one is not", async () => {
  const path = socketPath();
  const code = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => console.log("listens"))`;
  const dying = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  open.push(() => dying.kill("SIGKILL"));
  await once(dying.stdout, "data");
  const inUse = { code: "MERIDIAN_SOCKETINUSE", message: expect.stringContaining(path) as string };
  await expect(start({ unixSocket: { path } })).rejects.toMatchObject(inUse);
  dying.kill("SIGKILL");
  await once(dying, "exit");
  expect(existsSync(path)).toBe(true);
  await start({ unixSocket: { path } });
  const redis = new Redis({ path });
  open.push(() => redis.disconnect());
  expect(await redis.ping()).toBe("PONG");
  await expect(start({ unixSocket: { path } })).rejects.toMatchObject(inUse);
});

test("a file that is no socket is left alone, and a folder that is not there is named", async () => {
  const path = socketPath();
  writeFileSync(path, "precious");
  await expect(start({ unixSocket: { path } })).rejects.toMatchObject({
    code: "MERIDIAN_UNIXSOCKET",
    message: expect.stringContaining("it is there, and no socket") as string,
  });
  expect(existsSync(path)).toBe(true);
  const nowhere = start({ unixSocket: { path: join(path, "..", "no", "such.sock") } });
  await expect(nowhere).rejects.toMatchObject({ code: "MERIDIAN_UNIXSOCKET" });
});

test("when one door can't be opened none is", async () => {
  const taken = createServer();
  taken.listen(0, "127.0.0.1");
  await once(taken, "listening");
  open.push(() => taken.close());
  const { port } = taken.address() as { port: number };
  const path = socketPath();
  await expect(start({ listen: { host: "127.0.0.1", port }, unixSocket: { path } })).rejects.toMatchObject({
    code: "MERIDIAN_PORTINUSE",
  });
  expect(existsSync(path)).toBe(false);
});

test("an idle client is closed; one that waits, listens or watches is not", async () => {
  const gateway = await start({ limits: { idleSeconds: 1 } });
  const [idle, busy] = [client(gateway), client(gateway)];
  const staying = ["SUBSCRIBE c", "XREAD BLOCK 0 STREAMS s $", "BLPOP nothing 0", "MONITOR"].map((line) => {
    const raw = client(gateway);
    raw.send(`${line}\r\n`);
    return raw;
  });
  const ticking = setInterval(() => busy.send("PING\r\n"), 200);
  idle.send("PING\r\n");
  await waitFor(() => idle.closed, { what: "the idle client to be closed" });
  clearInterval(ticking);
  expect(idle.received).toBe("+PONG\r\n");
  expect([busy, ...staying].map(({ closed }) => closed)).toEqual([false, false, false, false, false]);
  await waitFor(() => busy.closed, { what: "the busy client, which is idle now, to be closed" });
  expect(staying.map(({ closed }) => closed)).toEqual([false, false, false, false]);
  expect(gateway.stats()).toMatchObject({ clientsIdleClosed: 2, clientsConnected: 4 });
});

test("one too many is told so, does not stay, and room is made by leaving", async () => {
  const gateway = await start({ limits: { clientsMax: 1 } });
  const first = client(gateway);
  first.send("PING\r\n");
  await waitFor(() => first.received !== "", { what: "the first client" });
  const second = connectSocket({ host: "127.0.0.1", port: gateway.port, allowHalfOpen: true });
  open.push(() => second.destroy());
  let heard = "";
  second.on("data", (chunk: Buffer) => (heard += chunk.toString()));
  await once(second, "end");
  expect(heard).toBe("-ERR max number of clients reached\r\n");
  first.close();
  await waitFor(() => gateway.stats().clientsConnected === 0, { what: "the first client to be gone" });
  const third = client(gateway);
  third.send("PING\r\n");
  await waitFor(() => third.received === "+PONG\r\n", { what: "the third client" });
});

test("what is held of unfinished commands is bounded", async () => {
  const gateway = await start({ limits: { commandBytesMax: 1024 * 1024 } });
  const keys = Array.from({ length: 20 }, () => command("k".repeat(100_000)).subarray("*1\r\n".length));
  const large = client(gateway);
  large.send(Buffer.concat([Buffer.from("*201\r\n$4\r\nMGET\r\n"), ...keys]));
  await waitFor(() => large.closed, { what: "the client with a large MGET to be closed" });
  const queueing = client(gateway);
  queueing.send("MULTI\r\n");
  const set = command("SET", "k", "v".repeat(60_000));
  queueing.send(Buffer.concat([...Array.from({ length: 20 }, () => set), command("EXEC")]));
  await waitFor(() => queueing.received.includes("EXECABORT"), { what: "EXEC to be refused" });
  expect(queueing.received).toContain("more than 1048576 bytes together");
});

test("on stop new clients are refused, replies in flight given, waiting clients closed, until time is up", async () => {
  const gateway = await start({ limits: { drainMs: 60_000 } });
  const [reading, waiting, stubborn] = [client(gateway), client(gateway), client(gateway)];
  reading.send(command("XREAD", "BLOCK", "500", "STREAMS", "s", "$"));
  waiting.send(command("BLPOP", "nothing", "0"));
  stubborn.send(command("PING"));
  await waitFor(() => gateway.stats().clientsWaiting === 1, { what: "BLPOP to wait" });
  await waitFor(async () => String(await direct.client("LIST")).includes("cmd=xread"), { what: "XREAD to block" });
  const stopping = gateway.stop();
  const late = client(gateway);
  await waitFor(() => late.closed && waiting.closed && stubborn.closed, { what: "these clients to be closed" });
  expect(reading.closed).toBe(false);
  await stopping;
  await waitFor(() => reading.closed, { what: "the reading client to be closed" });
  expect([reading, waiting, late].map(({ received }) => received)).toEqual(["*-1\r\n", "", ""]);

  const hasty = await start({ limits: { drainMs: 100 } });
  const blocked = client(hasty);
  blocked.send(command("XREAD", "BLOCK", "0", "STREAMS", "s", "$"));
  await waitFor(async () => String(await direct.client("LIST")).includes("cmd=xread"), { what: "XREAD to block" });
  await hasty.stop();
  await waitFor(() => blocked.closed, { what: "the blocked client to be closed" });
});
