/** A region's gateway of several processes, as a deployment runs it: shared clients, one that dies, the end. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import type { GatewayStatus } from "@meridian/agent/api";
import { freePorts, waitFor } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { afterEach, beforeAll, expect, test } from "vitest";
import { generate } from "selfsigned";
import { isBuilt, newFolder } from "./local-start.js";
import { clientOf, connectedTo, newServer, runAgent, type RunningAgent, stopAgents } from "./running-agent.js";

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(stopAgents);

const CLIENTS = 8;

async function start(more = ""): Promise<RunningAgent> {
  return runAgent("us", await freePorts(2), await newServer(), `, processes: 2${more}`);
}

async function gatewayOf(agent: RunningAgent): Promise<GatewayStatus> {
  const gateway = (await agent.status()).regions[0]?.gateway;
  if (gateway === null || gateway === undefined) throw new Error("no gateway");
  return gateway;
}

async function connectionsOf(agent: RunningAgent): Promise<number[]> {
  return (await gatewayOf(agent)).processes.map(({ connections }) => connections);
}

async function counted(agent: RunningAgent, stat: string, value: number): Promise<void> {
  await waitFor(async () => (await gatewayOf(agent)).stats[stat] === value, { what: `${stat} to be ${value}` });
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

async function clientsOf(agent: RunningAgent): Promise<Redis[]> {
  const clients = [agent.gateway, ...Array.from({ length: CLIENTS - 1 }, () => clientOf(agent.gatewayPort))];
  await Promise.all(clients.map((client) => client.ping()));
  return clients;
}

test("clients are shared evenly, and one process that is killed takes no more than its own along", async () => {
  const agent = await start();
  const clients = await clientsOf(agent);
  expect(await connectionsOf(agent)).toEqual([CLIENTS / 2, CLIENTS / 2]);
  await Promise.all(clients.map((client, index) => client.set(`k${index}`, index)));
  await counted(agent, "commandsWritten", CLIENTS);
  for (const client of clients) {
    expect(await client.call("MERIDIAN.WAIT", String(await client.call("MERIDIAN.TOKEN")), "60000")).toBe(1);
  }
  await counted(agent, "clientsConnected", CLIENTS);

  let closed = 0;
  for (const client of clients) client.on("close", () => closed++);
  const [killed] = (await gatewayOf(agent)).processes;
  process.kill(killed?.pid ?? 0, "SIGKILL");
  await waitFor(() => closed === CLIENTS / 2, { what: "half of the clients to be closed" });
  expect(await Promise.all(clients.map((client, index) => client.get(`k${index}`)))).toEqual(
    clients.map((_client, index) => String(index)),
  );
  expect(closed).toBe(CLIENTS / 2);
  await waitFor(async () => (await connectionsOf(agent)).length === 2, { what: "another process" });
  const { processes } = await gatewayOf(agent);
  expect(processes.map(({ pid }) => pid)).not.toContain(killed?.pid);
  await counted(agent, "commandsWritten", CLIENTS);
  const alarms = (await agent.status()).regions[0]?.alarms;
  expect(alarms?.map(({ code }) => code)).toEqual(["GATEWAY_PROCESS_ENDED"]);
}, 60_000);

test("connections that a process never took are taken by another when it ends", async () => {
  const agent = await start();
  const [stuck] = (await gatewayOf(agent)).processes;
  const pid = stuck?.pid ?? 0;
  process.kill(pid, "SIGSTOP");
  const clients = Array.from({ length: CLIENTS }, () => clientOf(agent.gatewayPort));
  const answers = Promise.all(clients.map((client) => client.ping()));
  const given = CLIENTS + 1; // and that of `start`
  await waitFor(async () => (await connectionsOf(agent)).reduce((sum, count) => sum + count) === given, {
    what: "all connections to be given to a process",
  });
  process.kill(pid, "SIGKILL");
  expect(await answers).toEqual(clients.map(() => "PONG"));
}, 60_000);

test("the limit of clients is one for all processes", async () => {
  const agent = await start(`, limits: { clientsMax: ${CLIENTS} }`);
  const clients = await clientsOf(agent);
  const extra = connect({ host: "127.0.0.1", port: agent.gatewayPort });
  const [words] = (await once(extra, "data")) as [Buffer];
  expect(words.toString()).toBe("-ERR max number of clients reached\r\n");
  clients[CLIENTS - 1]?.disconnect();
  await counted(agent, "clientsConnected", CLIENTS - 1);
  expect(await clientOf(agent.gatewayPort).ping()).toBe("PONG");
}, 60_000);

test("every process knows the region, waits for others, and wakes up clients of another process", async () => {
  const agent = await start();
  const [first, second] = (await clientsOf(agent)) as [Redis, Redis];
  for (const client of [first, second]) {
    await waitFor(async () => String(await client.call("INFO", "meridian")).includes("meridian_region:us"), {
      what: "the section of INFO",
    });
    expect(await client.wait(1, 50)).toBe(0);
  }
  const askers = new Map([
    [first, second],
    [second, first],
  ]);
  for (const [waiting, asker] of askers) {
    const id = await waiting.client("ID");
    const popped = waiting.blpop("nothing", 0);
    await waitFor(async () => (await asker.client("UNBLOCK", id)) === 1, { what: "the client to be found" });
    expect(await popped).toBeNull();
    expect(await asker.client("UNBLOCK", id)).toBe(0);
  }
}, 60_000);

test("TLS and a unix socket lead to all processes, and SIGHUP brings a new certificate to each", async () => {
  const folder = newFolder();
  const [cert, key, path] = ["tls.crt", "tls.key", "gateway.sock"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const put = async (name: string): Promise<void> => {
    const made = await generate([{ name: "commonName", value: name }], { keyType: "ec", algorithm: "sha256" });
    writeFileSync(cert, made.cert);
    writeFileSync(key, made.private);
  };
  await put("first");
  const [port = 0] = await freePorts(1);
  const agent = await start(
    `, tls: { port: ${port}, cert: "${cert}", key: "${key}" }, unixSocket: { path: "${path}" }`,
  );
  const names = async (): Promise<string[]> => {
    const sockets = Array.from({ length: 2 }, () => connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false }));
    await Promise.all(sockets.map((socket) => once(socket, "secureConnect")));
    const shown = sockets.map((socket) => String(socket.getPeerCertificate().subject.CN));
    for (const socket of sockets) socket.destroy();
    return shown;
  };
  const ways = [{ path }, { path }, { port, tls: { rejectUnauthorized: false } }];
  const clients = ways.map((way) => connectedTo(way));
  await Promise.all(clients.map((client, index) => client.set(`k${index}`, index)));
  expect(await clients[2]?.mget("k0", "k1", "k2")).toEqual(["0", "1", "2"]);
  expect(await connectionsOf(agent)).toEqual([2, 2]);
  expect(await names()).toEqual(["first", "first"]);
  await put("second");
  agent.child.kill("SIGHUP");
  await waitFor(async () => (await names()).every((name) => name === "second"), { what: "the second certificate" });
  expect(await Promise.all(clients.map((client) => client.ping()))).toEqual(["PONG", "PONG", "PONG"]);
}, 60_000);

test("SIGTERM drains all processes: replies in flight are given; then all are gone", async () => {
  const agent = await start(", drainMs: 20000");
  const clients = await clientsOf(agent);
  const pids = (await gatewayOf(agent)).processes.map(({ pid }) => pid);
  const replies = Promise.all(clients.map((client) => client.xread("BLOCK", 1000, "STREAMS", "s", "$")));
  const watching = clientOf(agent.gatewayPort);
  const blocked = async (): Promise<number> => String(await watching.client("LIST")).split("cmd=xread").length - 1;
  await waitFor(async () => (await blocked()) === CLIENTS, { what: "all clients to wait" });
  agent.child.kill("SIGTERM");
  expect(await replies).toEqual(clients.map(() => null));
  const [code] = (await once(agent.child, "exit")) as [number | null];
  expect(code).toBe(0);
  expect(pids.map(isGone)).toEqual([true, true]);
}, 60_000);

test("when the agent is killed its processes end by themselves", async () => {
  const agent = await start();
  const pids = (await gatewayOf(agent)).processes.map(({ pid }) => pid);
  agent.child.kill("SIGKILL");
  await waitFor(() => pids.every(isGone), { what: "the processes to end" });
}, 60_000);
