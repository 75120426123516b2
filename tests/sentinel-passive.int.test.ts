/**
 * One region takes the writes, and Sentinels are in charge of its servers: the other region follows the server that they promote. While
 * another region takes the writes they put no server in the place of the region's own.
 */
import { findServerBinary } from "@meridian/engine";
import { freePorts, type SpawnedRedis, spawnSentinel, type SpawnedSentinel, waitFor } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { afterEach, beforeAll, expect, test } from "vitest";
import { isBuilt } from "./local-start.js";
import { runConfigured, type RunningAgent, stopAgents } from "./running-agent.js";
import { isPrimary, NAME, nativeServer, portOf, primaryAndReplica, stopServers } from "./sentinel-region.js";

const native = await findServerBinary();
let sentinel: SpawnedSentinel | undefined;

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
  if (native === undefined) console.warn("SKIPPED: Sentinel needs a native server");
});
afterEach(async () => {
  await stopAgents();
  await sentinel?.stop();
  await stopServers();
});

/** A Sentinel that the machine held up for two seconds does nothing for thirty. */
const TILT_MS_MAX = 60_000;

async function startRegion(region: string, links: readonly number[], url: string, places: string[]) {
  const [gateway = 0, admin = 0] = await freePorts(2);
  const config = `mode: active-passive
region: ${region}
regions:
  - { name: us, link: "127.0.0.1:${links[0]}", server: "${places[0]}" }
  - { name: eu, link: "127.0.0.1:${links[1]}", server: "${places[1]}" }
server: { url: "${url}" }
gateway: { port: ${gateway} }
link: { host: 127.0.0.1, port: ${links[region === "us" ? 0 : 1]} }
admin: { port: ${admin} }
`;
  return await runConfigured(region, { gateway, admin }, config);
}

/** Until it is taken; what is refused meanwhile was not, or nobody knows. */
async function write(client: Redis, key: string): Promise<void> {
  const isTaken = (): Promise<boolean> =>
    client.set(key, "v").then(
      () => true,
      () => false,
    );
  await waitFor(isTaken, { what: `${key} to be written`, timeoutMs: TILT_MS_MAX });
}

async function has(server: SpawnedRedis, key: string): Promise<void> {
  const client = server.client();
  await waitFor(async () => (await client.get(key)) === "v", {
    what: `${key} at ${server.port}`,
    timeoutMs: TILT_MS_MAX,
  });
  client.disconnect();
}

/** No Sentinel of the other region promotes it. */
async function isHidden(server: SpawnedRedis): Promise<void> {
  const client = server.client();
  const isSo = async (): Promise<boolean> => {
    return ((await client.config("GET", "replica-priority")) as string[])[1] === "0";
  };
  await waitFor(isSo, { what: "the server to be hidden from Sentinels", timeoutMs: 20_000 });
  client.disconnect();
}

async function failover(agent: RunningAgent, to: string): Promise<void> {
  const response = await fetch(`${agent.admin}/api/failover`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ to }),
  });
  expect(await response.json()).toMatchObject({ kind: "planned", done: true });
}

async function hasQuorum(quorum: number): Promise<void> {
  const isSo = async (): Promise<boolean> => {
    const fields = (await sentinel!.client.call("SENTINEL", "MASTER", NAME)) as string[];
    return fields[fields.indexOf("quorum") + 1] === String(quorum);
  };
  await waitFor(isSo, { what: `the quorum ${quorum}`, timeoutMs: TILT_MS_MAX });
}

test.skipIf(native === undefined)(
  "the other region follows the server that Sentinel promotes, and Sentinel rests while the other one writes",
  async () => {
    const [[first, second], peerServer, links] = await Promise.all([primaryAndReplica(), nativeServer(), freePorts(2)]);
    sentinel = await spawnSentinel({ name: NAME, primaryPort: first.port, quorum: 1, downAfterMs: 1000 });
    const places = [`127.0.0.1:${first.port}`, `127.0.0.1:${peerServer.port}`];
    const [us, eu] = await Promise.all([
      startRegion("us", links, `sentinel://127.0.0.1:${sentinel!.port}/${NAME}`, places),
      startRegion("eu", links, peerServer.url, places),
    ]);
    await write(eu.gateway, "before");
    await has(second, "before");
    await has(peerServer, "before");
    await isHidden(peerServer);

    await first.stop();
    await waitFor(() => isPrimary(second), { what: "the replica to be promoted", timeoutMs: TILT_MS_MAX });
    await waitFor(async () => (await portOf(us)) === second.port, {
      what: "the agent to follow it",
      timeoutMs: 20_000,
    });
    await Promise.all([write(us.gateway, "after-us"), write(eu.gateway, "after-eu")]);
    for (const key of ["after-us", "after-eu"]) for (const server of [second, peerServer]) await has(server, key);

    await waitFor(
      () =>
        failover(eu, "eu").then(
          () => true,
          () => false,
        ),
      { what: "eu to lead", timeoutMs: TILT_MS_MAX },
    );
    await hasQuorum(1_000_001);
    await write(us.gateway, "of-eu");
    await has(second, "of-eu");
    await waitFor(
      () =>
        failover(us, "us").then(
          () => true,
          () => false,
        ),
      { what: "us to lead", timeoutMs: TILT_MS_MAX },
    );
    await hasQuorum(1);
    await write(eu.gateway, "of-us");
    await has(peerServer, "of-us");
    expect(await isPrimary(second)).toBe(true);
  },
  300_000,
);
