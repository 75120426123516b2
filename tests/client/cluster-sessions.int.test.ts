/**
 * Sessions over regions whose partitions are hash slots, a cluster beside one server: tokens of connections at their gateways, over
 * a line that is cut in the middle; and what sessions of the client say there.
 */
import { connect } from "@meridian/client";
import { slotOfKey } from "@meridian/core";
import { freePorts, hasCluster, spawnCluster, type SpawnedCluster, waitFor } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isBuilt } from "../local-start.js";
import { clientOf, configOf, newServer, runConfigured, type RunningAgent, stopAgents } from "../running-agent.js";
import { ShapedLine } from "../shaped-line.js";

const isPossible = await hasCluster();
if (!isPossible) console.warn("SKIPPED: a cluster needs valkey-server or redis-server on the PATH");

const LONG_MS = 60_000;
/** Of each node of the cluster some. */
const KEYS = Array.from({ length: 12 }, (_, index) => `cart:${index}`);

let cluster: SpawnedCluster | undefined;
let us: RunningAgent;
let eu: RunningAgent;
let lines: ShapedLine[] = [];

beforeAll(async () => {
  if (!isPossible) return;
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
  const [usLink = 0, euLink = 0] = await freePorts(2);
  lines = [await ShapedLine.start(usLink), await ShapedLine.start(euLink)];
  cluster = await spawnCluster({ nodes: 3, nodeTimeoutMs: 15_000 });
  const server = await newServer();
  us = await agentOf("us", [usLink, lines[1]?.port ?? 0], cluster!.url);
  eu = await agentOf("eu", [lines[0]?.port ?? 0, euLink], server.url);
  const areUp = async (agent: RunningAgent): Promise<boolean> =>
    (await agent.status()).links.every(({ state }) => state === "up");
  for (const agent of [us, eu]) await waitFor(() => areUp(agent), { what: "the links", timeoutMs: LONG_MS });
}, 120_000);

afterAll(async () => {
  await stopAgents();
  await cluster?.stop();
});

async function agentOf(region: string, links: readonly number[], url: string): Promise<RunningAgent> {
  const [gateway = 0, admin = 0] = await freePorts(2);
  const config = `${configOf(region, links, { gateway, admin }, url)}partitions: slots\n`;
  return await runConfigured(region, { gateway, admin }, config);
}

const tokenOf = async (redis: Redis): Promise<string> => String(await redis.call("MERIDIAN.TOKEN"));
const waitAt = (redis: Redis, token: string, ms = LONG_MS): Promise<unknown> => redis.call("MERIDIAN.WAIT", token, ms);

test.skipIf(!isPossible)(
  "what a connection wrote is read where its token is waited for, to and fro, and over a line that was cut",
  { timeout: 120_000 },
  async () => {
    const owners = await Promise.all(KEYS.map((key) => cluster!.ownerOf(slotOfKey(key))));
    expect(new Set(owners).size).toBe(3);
    const [inUs, inEu] = [clientOf(us.gatewayPort), clientOf(eu.gatewayPort)];
    for (const [from, to] of [
      [inUs, inEu],
      [inEu, inUs],
      [inUs, inEu],
    ] as const) {
      for (const key of KEYS) await from.incr(key);
      const wrote = await from.mget(KEYS);
      expect(await waitAt(to, await tokenOf(from))).toBe(1);
      expect(await to.mget(KEYS)).toEqual(wrote);
    }

    for (const line of lines) line.cut();
    const [key = ""] = KEYS;
    const [session, reader, stranger] = [clientOf(us.gatewayPort), clientOf(eu.gatewayPort), clientOf(us.gatewayPort)];
    await session.set(key, "written while the line was cut");
    const token = await tokenOf(session);
    expect(await waitAt(reader, token, 50)).toBe(0);
    expect(await reader.get(key)).toBe("3");
    expect(await waitAt(session, token, 0)).toBe(1);
    // Who wrote nothing waits for nobody.
    expect(await waitAt(reader, await tokenOf(stranger), 0)).toBe(1);
    const waiting = waitAt(reader, token);
    for (const line of lines) line.mend();
    expect(await waiting).toBe(1);
    expect(await reader.get(key)).toBe("written while the line was cut");
  },
);

test.skipIf(!isPossible)(
  "a session of the client is refused, and says what to do instead",
  { timeout: 60_000 },
  async () => {
    const regions = await connect({
      regions: [
        { name: "us", url: `redis://127.0.0.1:${us.gatewayPort}` },
        { name: "eu", url: `redis://127.0.0.1:${eu.gatewayPort}` },
      ],
      local: "us",
      limits: { operationMsMax: LONG_MS, tryMsMax: 10_000, probeMsMax: 10_000 },
    });
    try {
      const writing = regions.session().write((redis) => redis.set("session", "written"));
      await expect(writing).rejects.toThrow(/MERIDIAN_SLOTTOKEN region 'us' is a cluster.*send MERIDIAN.TOKEN/);
      // The write happened, and needs no session.
      expect(await regions.read((redis) => redis.get("session"))).toBe("written");
      // Its token is waited for at the gateway.
      const writer = clientOf(us.gatewayPort);
      await writer.set("there", "v");
      const token = await tokenOf(writer);
      for (const behind of ["wait", "move", "tell"] as const) {
        const reading = regions.session(token, { behind }).read((redis) => redis.get("there"));
        await expect(reading).rejects.toThrow(/MERIDIAN_SLOTTOKEN/);
      }
      await expect(regions.wait(token, LONG_MS, "eu")).rejects.toThrow(/MERIDIAN_SLOTTOKEN/);
      expect(await waitAt(clientOf(eu.gatewayPort), token)).toBe(1);
    } finally {
      regions.close();
    }
  },
);
