/**
 * A region whose server has a replica. The agent and its clients follow the primary, never use two, and what a failover has lost
 * is given back by the other region.
 */
import { findServerBinary } from "@meridian/engine";
import { freePorts, type SpawnedRedis, waitFor } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test } from "vitest";
import { isBuilt } from "./local-start.js";
import { clientOf, type RunningAgent, runAgent, stopAgents } from "./running-agent.js";
import {
  inSync,
  isPrimary,
  NAME,
  nativeServer,
  portOf,
  primaryAndReplica,
  startSentinelRegions,
  stopServers,
  Writer,
} from "./sentinel-region.js";

const native = await findServerBinary();

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
  if (native === undefined) console.warn("SKIPPED: Sentinel needs a native server");
});
afterEach(async () => {
  await stopAgents();
  await stopServers();
});

/** A Sentinel that the machine held up for two seconds does nothing for thirty. */
const TILT_MS_MAX = 60_000;

interface Held {
  members: string[];
  count: string | null;
  values: (string | null)[];
}

/** What was written by the writer of this name, as a server itself has it. */
async function heldBy(server: SpawnedRedis, name: string): Promise<Held> {
  const client = server.client();
  const members = (await client.smembers(name)).toSorted();
  const values = members.length === 0 ? [] : await client.mget(members.map((member) => `${name}:${member}`));
  const count = await client.get(`${name}:count`);
  client.disconnect();
  return { members, count, values };
}

/** All servers hold the same, all of it whole, and all that must be there. */
async function agree(servers: readonly SpawnedRedis[], name: string, expected: readonly number[]): Promise<void> {
  await waitFor(
    async () => {
      const [left, ...others] = await Promise.all(servers.map((server) => heldBy(server, name)));
      for (const right of others) expect(right).toEqual(left);
      const members = new Set(left?.members);
      expect(expected.filter((number) => !members.has(String(number)))).toEqual([]);
      expect(left?.count).toBe(String(members.size));
      expect(left?.values).toEqual(left?.members);
      return true;
    },
    { what: `both regions to agree on what ${name} wrote`, timeoutMs: 20_000 },
  );
}

async function followedTo(agent: RunningAgent, server: SpawnedRedis): Promise<void> {
  const isThere = async (): Promise<boolean> => (await portOf(agent)) === server.port;
  await waitFor(isThere, { what: "the agent to follow the primary", timeoutMs: TILT_MS_MAX });
}

/** From now on the replica gets nothing, and cannot come back for it. */
async function cutReplicaOff(primary: SpawnedRedis): Promise<void> {
  const client = primary.client();
  await client.call("ACL", "SETUSER", "default", "-psync", "-sync");
  await client.call("CLIENT", "KILL", "TYPE", "replica");
  client.disconnect();
}

async function hasMember(server: SpawnedRedis, key: string, member: string): Promise<void> {
  const client = server.client();
  const isThere = async (): Promise<boolean> => (await client.sismember(key, member)) === 1;
  await waitFor(isThere, { what: `${member} to be in ${key}`, timeoutMs: 20_000 });
  client.disconnect();
}

test.skipIf(native === undefined)(
  "a crash with a replica that lags, the old primary's return, and a planned failover back to it",
  async () => {
    const { first, second, peerServer, sentinels, us, eu } = await startSentinelRegions(3, ", processes: 2");
    expect(await portOf(us)).toBe(first.port);
    const [here, there] = [new Writer(clientOf(us.gatewayPort), "us"), new Writer(clientOf(eu.gatewayPort), "eu")];
    await us.gateway.sadd("basket", "seen");
    await hasMember(second, "basket", "seen");

    await cutReplicaOff(first);
    await us.gateway.sadd("basket", "unseen");
    await Promise.all([here.writes(50), there.writes(50)]);
    const written = [...here.acknowledged];
    await hasMember(peerServer, "basket", "unseen");
    await hasMember(peerServer, "us", String(written.at(-1)));
    eu.child.kill("SIGSTOP"); // what the failover loses does not come back before the DEL
    const stopping = there.stop();
    await first.kill9();
    await followedTo(us, second);
    expect((await heldBy(second, "us")).members.length).toBeLessThan(written.length);
    await waitFor(async () => (await us.gateway.del("basket")) === 1, { what: "a DEL" });
    eu.child.kill("SIGCONT");
    await stopping;
    await hasMember(second, "basket", "unseen");
    await agree([second, peerServer], "eu", there.acknowledged);
    expect(await clientOf(second.port).smembers("basket")).toEqual(["unseen"]);

    await first.restart();
    await here.writes(20);
    const unknown = here.unknown.length;
    expect(await isPrimary(first)).toBe(true); // so it believes
    await waitFor(async () => !(await isPrimary(first)), {
      what: "the old primary to be demoted",
      timeoutMs: TILT_MS_MAX,
    });
    await inSync(first);
    await here.writes(20);
    expect(here.unknown.length).toBe(unknown); // it was never used
    expect(await portOf(us)).toBe(second.port);

    // A replica that was cut off for up to ten times as long may be promoted.
    for (const { client } of sentinels) await client.call("SENTINEL", "SET", NAME, "down-after-milliseconds", "10000");
    const planned = new Writer(clientOf(us.gatewayPort), "planned");
    eu.child.kill("SIGSTOP"); // nobody but the old primary has what comes now
    await cutReplicaOff(second);
    await planned.writes(50);
    await sentinels[0]?.client.call("SENTINEL", "FAILOVER", NAME);
    await followedTo(us, first);
    await planned.writes(50);
    await Promise.all([here.stop(), planned.stop()]);
    await agree([first], "planned", planned.acknowledged);
    eu.child.kill("SIGCONT");
    await agree([first, peerServer], "planned", planned.acknowledged);
    await agree([first, peerServer], "us", written);
  },
  240_000,
);

test.skipIf(native === undefined)(
  "a list of servers: a switch by hand is followed, and a server that is no primary takes no write",
  async () => {
    const links = await freePorts(2);
    const [first, second] = await primaryAndReplica();
    const list = `redis://127.0.0.1:${second.port},127.0.0.1:${first.port}`;
    const us = await runAgent("us", links, { url: list });
    const peerServer = await nativeServer();
    const eu = await runAgent("eu", links, peerServer);
    expect(await portOf(us)).toBe(first.port);
    const writer = new Writer(clientOf(us.gatewayPort), "us");
    await writer.writes(20);
    const idle = clientOf(us.gatewayPort);
    const before = await idle.client("ID");

    await second.client().call("REPLICAOF", "NO", "ONE");
    await writer.writes(20);
    expect(await portOf(us)).toBe(first.port); // two say that they are primaries: it stays
    await first.client().call("REPLICAOF", "127.0.0.1", String(second.port));
    await followedTo(us, second);
    await waitFor(async () => (await idle.client("INFO")).includes(`laddr=127.0.0.1:${second.port} `), {
      what: "a client that was idle to be served by the new primary",
    });
    expect(before).toBeGreaterThan(0);
    await writer.writes(20);
    await writer.stop();
    await inSync(first);
    await agree([second, first], "us", []);
    await agree([second, peerServer], "us", []);

    await second.client().call("REPLICAOF", "127.0.0.1", String(first.port));
    const refused = clientOf(us.gatewayPort).set("k", "v");
    await expect(refused).rejects.toThrow();
    await waitFor(async () => us.log().includes("no server is the primary of"), { what: "the agent to say so" });
    await first.client().call("REPLICAOF", "NO", "ONE");
    await followedTo(us, first);
    expect(await clientOf(us.gatewayPort).set("k", "w")).toBe("OK");
    await waitFor(async () => (await eu.gateway.get("k")) === "w", { what: "the write to arrive" });
  },
  60_000,
);
