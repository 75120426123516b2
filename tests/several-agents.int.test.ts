/**
 * Two regions with two agents each, as processes: one of each replicates and nothing travels twice; it is killed, stopped in
 * order, held up and restarted under writes, and the other takes over in time. Takeovers are printed as they were measured.
 */
import { setTimeout as delay } from "node:timers/promises";
import { once } from "node:events";
import { findServerBinary } from "@meridian/engine";
import { freePorts, type SpawnedRedis, spawnRedis, waitFor } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isBuilt } from "./local-start.js";
import { connectedTo, runConfigured, stopAgents, type RunningAgent } from "./running-agent.js";

const native = await findServerBinary();
const skipped = native === undefined;
const REGIONS = ["us", "eu"] as const;
type Name = (typeof REGIONS)[number];

const servers = {} as Record<Name, SpawnedRedis>;
const links = {} as Record<Name, number[]>;
const agents: Record<Name, RunningAgent[]> = { us: [], eu: [] };
const ports: Record<Name, { gateway: number; admin: number }[]> = { us: [], eu: [] };

async function run(region: Name, index: number): Promise<void> {
  const list = REGIONS.map(
    (name) => `  - { name: ${name}, link: [${links[name].map((p) => `"127.0.0.1:${p}"`).join()}] }`,
  );
  const { gateway, admin } = ports[region][index]!;
  const config = `region: ${region}
regions:
${list.join("\n")}
server: { url: "${servers[region].url}" }
gateway: { port: ${gateway} }
link: { host: 127.0.0.1, port: ${links[region][index]} }
admin: { port: ${admin} }
`;
  agents[region][index] = await runConfigured(region, { gateway, admin }, config);
}

/** Which agent of the region replicates, as the others say; undefined: none, or not yet agreed upon. */
async function activeOf(region: Name, among = [0, 1]): Promise<number | undefined> {
  const roles = await Promise.all(
    among.map(async (index) => (await agents[region][index]!.status()).regions[0]?.agents[0]?.role),
  );
  const active = among.filter((_index, at) => roles[at] === "active");
  return active.length === 1 ? active[0] : undefined;
}

async function agreed(region: Name): Promise<number> {
  await waitFor(async () => (await activeOf(region)) !== undefined, { what: `one active agent in ${region}` });
  return (await activeOf(region))!;
}

async function linksUp(among: Record<Name, number[]> = { us: [0, 1], eu: [0, 1] }): Promise<void> {
  const up = async (region: Name, index: number): Promise<boolean> => {
    const { links: seen } = await agents[region][index]!.status();
    return seen.length === 2 && seen.every(({ state }) => state === "up");
  };
  await waitFor(
    async () => {
      const all = REGIONS.flatMap((region) => among[region].map((index) => up(region, index)));
      return (await Promise.all(all)).every(Boolean);
    },
    { what: "links up, as each agent sees them", timeoutMs: 15_000 },
  );
}

/** Entries that crossed, as the metrics of both agents count them together. */
async function crossed(region: Name, from: Name, to: Name): Promise<number> {
  let sum = 0;
  for (const { admin } of agents[region]) {
    const text = await (await fetch(`${admin}/metrics`)).text();
    const line = new RegExp(`^meridian_link_operations_total\\{from="${from}",to="${to}"\\} (\\d+)$`, "m").exec(text);
    sum += Number(line?.[1] ?? 0);
  }
  return sum;
}

/** Writes at one gateway, one after the other; knows what was acknowledged. */
class Writer {
  readonly acknowledged: string[] = [];
  private isStopping = false;
  private readonly client: Redis;
  private readonly done: Promise<void>;

  constructor(name: string, port: number) {
    this.client = connectedTo({ port, maxRetriesPerRequest: 0, retryStrategy: () => 50 });
    this.done = this.work(name);
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await this.done;
    this.client.disconnect();
  }

  private async work(name: string): Promise<void> {
    for (let number = 0; !this.isStopping; number++) {
      const key = `${name}:${number}`;
      await this.client.set(key, "1").then(
        () => this.acknowledged.push(key),
        () => undefined,
      );
      await delay(2);
    }
  }
}

/** From now until a write at one server is seen at the other, both ways. */
async function crossing(what: string): Promise<number> {
  const startedMs = performance.now();
  const [us, eu] = [connectedTo({ port: servers.us.port }), connectedTo({ port: servers.eu.port })];
  const mark = `${what}:${startedMs}`;
  await us.call("FCALL", "mer", "1", "mer:{0}", "SET", "mark:us", mark);
  await eu.call("FCALL", "mer", "1", "mer:{0}", "SET", "mark:eu", mark);
  await waitFor(async () => (await eu.get("mark:us")) === mark && (await us.get("mark:eu")) === mark, {
    what: `writes to cross after: ${what}`,
    timeoutMs: 15_000,
  });
  const tookMs = Math.round(performance.now() - startedMs);
  us.disconnect();
  eu.disconnect();
  console.info(`${what}: ${tookMs} ms until writes crossed both ways`);
  return tookMs;
}

async function end(region: Name, index: number, signal: NodeJS.Signals): Promise<void> {
  const { child } = agents[region][index]!;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

beforeAll(async () => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
  if (skipped) return console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
  for (const region of REGIONS) {
    servers[region] = (await spawnRedis({ aof: true }))!;
    const [a = 0, b = 0, ...rest] = await freePorts(6);
    links[region] = [a, b];
    ports[region] = [
      { gateway: rest[0]!, admin: rest[1]! },
      { gateway: rest[2]!, admin: rest[3]! },
    ];
  }
  await Promise.all(REGIONS.flatMap((region) => [run(region, 0), run(region, 1)]));
  await linksUp();
}, 60_000);

afterAll(async () => {
  await stopAgents();
  for (const region of REGIONS) await servers[region]?.stop();
});

test.skipIf(skipped)("one agent of each region replicates, the other serves clients all the same", async () => {
  const active = { us: await agreed("us"), eu: await agreed("eu") };
  const standby = agents.us[1 - active.us]!;
  const before = { sent: await crossed("us", "us", "eu"), received: await crossed("eu", "us", "eu") };
  for (let number = 0; number < 200; number++) await agents.us[number % 2]!.gateway.set(`one:${number}`, number);
  expect(await standby.gateway.call("WAIT", "1", "5000")).toBe(1);
  expect(await agents.eu[0]!.gateway.get("one:199")).toBe("199");
  await waitFor(async () => (await crossed("eu", "us", "eu")) - before.received >= 200, { what: "all to be counted" });
  expect((await crossed("us", "us", "eu")) - before.sent).toBe(200);
  expect((await crossed("eu", "us", "eu")) - before.received).toBe(200);

  const status = await standby.status();
  expect(status.regions[0]?.agents.map(({ role }) => role)).toEqual(["standby", "active"]);
  const activeAdmin = `127.0.0.1:${ports.us[active.us]!.admin}`;
  expect(status.regions[0]?.agents[1]?.admin).toBe(activeAdmin);
  expect(await standby.gateway.info("meridian")).toContain("meridian_agent_role:standby\r\nmeridian_agents:2\r\n");
  const doctor = await fetch(`${standby.admin}/api/doctor`);
  expect(await doctor.json()).toMatchObject({ regions: [{ region: "us", problem: null }] });
  const limited = await fetch(`${standby.admin}/api/bandwidth`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"bandwidth": "10Mbit"}',
  });
  expect(limited.status).toBe(409);
  expect(await limited.text()).toContain(activeAdmin);
});

test.skipIf(skipped)("a WAIT at an agent that stands by goes on over a takeover", async () => {
  const active = await agreed("us");
  const standby = agents.us[1 - active]!;
  for (const { child } of agents.eu) child.kill("SIGSTOP");
  await standby.gateway.set("waited", "for");
  const waited = standby.gateway.call("WAIT", "1", "20000");
  expect(await connectedTo({ port: standby.gatewayPort }).call("WAIT", "1", "300")).toBe(0);
  await end("us", active, "SIGKILL");
  for (const { child } of agents.eu) child.kill("SIGCONT");
  expect(await waited).toBe(1);
  await run("us", active);
});

test.skipIf(skipped)(
  "killed, stopped in order, held up, and the server restarted, while all write",
  { timeout: 90_000 },
  async () => {
    const writers = REGIONS.flatMap((region) =>
      [0, 1].map((index) => new Writer(`${region}${index}`, ports[region][index]!.gateway)),
    );
    try {
      for (const region of ["us", "eu"] as const) {
        const killed = await agreed(region);
        await end(region, killed, "SIGKILL");
        expect(await crossing(`agent of ${region} killed`)).toBeLessThan(5000);
        await run(region, killed);
      }
      const left = await agreed("us");
      await end("us", left, "SIGTERM");
      expect(await crossing("agent of us stopped in order")).toBeLessThan(3000);
      await run("us", left);

      const held = await agreed("eu");
      agents.eu[held]!.child.kill("SIGSTOP");
      expect(await crossing("agent of eu held up")).toBeLessThan(8000);
      expect(await activeOf("eu", [1 - held])).toBe(1 - held);
      agents.eu[held]!.child.kill("SIGCONT");
      await waitFor(async () => (await activeOf("eu")) === 1 - held, { what: "the one that was held up to stand by" });
      await linksUp();

      await servers.us.restart();
      await crossing("server of us restarted");
      await agreed("us");
    } finally {
      await Promise.all(writers.map((writer) => writer.stop()));
    }
    await crossing("all writers stopped");
    const all = writers.flatMap(({ acknowledged }) => acknowledged);
    expect(all.length).toBeGreaterThan(1000);
    for (const region of REGIONS) {
      const client = connectedTo({ port: servers[region].port });
      await waitFor(async () => !(await client.mget(all)).includes(null), { what: `every write in ${region}` });
    }
  },
);
