/**
 * Two regions on clusters of two nodes, whose agents share the slots, as processes: each group of slots is replicated by one of them, a
 * newcomer gets its share, and what a killed or frozen one had goes to the others. No write is lost or doubled.
 */
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { rootOfSlot, slotOfKey } from "@meridian/core";
import { freePorts, hasCluster, spawnCluster, type SpawnedCluster, waitFor } from "@meridian/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isBuilt } from "./local-start.js";
import { runConfigured, stopAgents, type RunningAgent } from "./running-agent.js";

const isPossible = await hasCluster();
if (!isPossible) console.warn("SKIPPED: a cluster needs valkey-server or redis-server on the PATH");

const REGIONS = ["us", "eu"] as const;
type Name = (typeof REGIONS)[number];
const AGENTS = 3;
const KEYS = Array.from({ length: 150 }, (_, at) => `counter ${at}`);
const PATIENCE_MS = 60_000;

const clusters = {} as Record<Name, SpawnedCluster>;
const links = {} as Record<Name, number[]>;
const agents: Record<Name, (RunningAgent | undefined)[]> = { us: [], eu: [] };

async function run(region: Name, index: number): Promise<void> {
  const list = REGIONS.map((name) => {
    return `  - { name: ${name}, link: [${links[name].map((port) => `"127.0.0.1:${port}"`).join()}] }`;
  });
  const [gateway = 0, admin = 0] = await freePorts(2);
  const config = `region: ${region}
regions:
${list.join("\n")}
server: { url: "${clusters[region].url}" }
partitions: slots
gateway: { port: ${gateway} }
link: { host: 127.0.0.1, port: ${links[region][index]} }
admin: { port: ${admin} }
`;
  agents[region][index] = await runConfigured(region, { gateway, admin }, config);
}

/** How many slots each agent of the region has, as this one says it; undefined: not every slot is one agent's, or a link is not up. */
async function sharesOf(region: Name, index: number): Promise<number[] | undefined> {
  const { regions, links: seen } = await agents[region][index]!.status();
  const shares = regions[0]!.agents.map(({ slots }) => slotsIn(slots ?? ""));
  const sum = shares.reduce((all, one) => all + one, 0);
  return sum === 16_384 && seen.every(({ state }) => state === "up")
    ? shares.filter((one) => one > 0).sort((one, other) => one - other)
    : undefined;
}

function slotsIn(ranges: string): number {
  if (ranges === "") return 0;
  return ranges.split(" ").reduce((sum, range) => {
    const [first = 0, last = 0] = range.split("-").map(Number);
    return sum + last - first + 1;
  }, 0);
}

async function shared(region: Name, index: number, shares: readonly number[], what: string): Promise<void> {
  const startedMs = performance.now();
  const wanted = JSON.stringify(shares);
  await waitFor(async () => JSON.stringify(await sharesOf(region, index)) === wanted, { what, timeoutMs: PATIENCE_MS });
  console.info(`${what}: ${Math.round(performance.now() - startedMs)} ms`);
}

/** Increments at one region's nodes, past the gateways, and what is known of them. */
class Counting {
  readonly least = new Map<string, number>();
  readonly unknown = new Map<string, number>();
  count = 0;
  private isOver = false;

  async write(region: Name): Promise<void> {
    for (let at = 0; !this.isOver; at++) {
      const key = KEYS[at % KEYS.length]!;
      const { redis } = await clusters[region].ownerOf(slotOfKey(key));
      try {
        await redis.call("FCALL", "mer", "1", rootOfSlot(slotOfKey(key)), "INCR", key);
        this.least.set(key, (this.least.get(key) ?? 0) + 1);
        this.count++;
      } catch {
        this.unknown.set(key, (this.unknown.get(key) ?? 0) + 1);
      }
      await delay(2); // it is not speed that is tested
    }
  }

  stop(): void {
    this.isOver = true;
  }

  async problems(): Promise<string[]> {
    const all = KEYS.map(async (key) => {
      const values = await Promise.all(
        REGIONS.map(async (name) => Number(await (await clusters[name].ownerOf(slotOfKey(key))).redis.get(key))),
      );
      const least = this.least.get(key) ?? 0;
      const isRight = values.every(
        (one) => one === values[0] && one >= least && one <= least + (this.unknown.get(key) ?? 0),
      );
      return isRight ? [] : [`${key}: ${values.join(", ")} of ${least}`];
    });
    return (await Promise.all(all)).flat();
  }
}

/** WAIT at any agent of us is about what all of them replicate; in eu there is one agent, which is held up for a while. */
async function waits(): Promise<void> {
  const [one, other] = [agents.us[1]!.gateway, agents.us[2]!.gateway];
  await Promise.all(KEYS.map((_key, at) => one.set(`waited ${at}`, "1")));
  expect(await Promise.all([one, other].map((gateway) => gateway.call("WAIT", "1", "20000")))).toEqual([1, 1]);
  agents.eu[1]!.child.kill("SIGSTOP");
  await Promise.all(KEYS.map((_key, at) => one.set(`waited ${at}`, "2")));
  expect(await Promise.all([one, other].map((gateway) => gateway.call("WAIT", "1", "500")))).toEqual([0, 0]);
  agents.eu[1]!.child.kill("SIGCONT");
  expect(await Promise.all([one, other].map((gateway) => gateway.call("WAIT", "1", "30000")))).toEqual([1, 1]);
}

beforeAll(async () => {
  if (!isPossible) return;
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
  for (const region of REGIONS) {
    clusters[region] = (await spawnCluster({ nodes: 2 }))!;
    links[region] = await freePorts(AGENTS);
  }
  await Promise.all(REGIONS.flatMap((region) => [run(region, 0), run(region, 1)]));
}, 120_000);

afterAll(async () => {
  await stopAgents();
  for (const region of REGIONS) await clusters[region]?.stop();
});

test.skipIf(!isPossible)(
  "shared by two, by three, by those that are left of a killed and a frozen one, while all write",
  { timeout: 300_000 },
  async () => {
    const half = [8192, 8192];
    await shared("us", 0, half, "two agents in us share");
    await shared("eu", 1, half, "two agents in eu share");
    const counting = new Counting();
    const writing = REGIONS.map((region) => counting.write(region));

    const killed = once(agents.eu[0]!.child, "exit");
    agents.eu[0]!.child.kill("SIGKILL");
    await Promise.all([killed, run("us", 2)]);
    await shared("us", 2, [4096, 6144, 6144], "a third one has its share");
    await shared("eu", 1, [16_384], "one is left in eu");
    agents.us[0]!.child.kill("SIGSTOP");
    await shared("us", 1, half, "two are left in us");
    agents.us[0]!.child.kill("SIGCONT");
    await shared("us", 0, [4096, 6144, 6144], "the frozen one has its share again");

    await waits();
    expect(counting.count).toBeGreaterThan(KEYS.length);
    counting.stop();
    await Promise.all(writing);
    await waitFor(async () => (await counting.problems()).length === 0, {
      what: "both regions to show what was acknowledged",
      timeoutMs: PATIENCE_MS,
    }).catch(async () => expect(await counting.problems()).toEqual([]));
    const standing = await agents.us[1]!.status();
    expect(standing.regions[0]!.slots).toMatchObject({ up: 16_384, importing: 0 });
  },
);
