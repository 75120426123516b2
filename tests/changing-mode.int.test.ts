/**
 * From active-passive to active-active and back, with three agents that are restarted with the other mode one after the other while all
 * regions are read and written: what was acknowledged is there, and readers are served all the while.
 */
import { freePorts, type SpawnedRedis, spawnRedis, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterEach, beforeAll, expect, test } from "vitest";
import { isBuilt, meridian } from "./local-start.js";
import { type RunningAgent, runConfigured, stopAgents } from "./running-agent.js";

const NAMES = ["us", "eu", "ap"] as const;
type Name = (typeof NAMES)[number];
type Mode = "active-active" | "active-passive";

interface Region {
  readonly name: Name;
  readonly server: SpawnedRedis;
  readonly native: Redis;
  readonly ports: { gateway: number; admin: number; link: number };
  agent: RunningAgent | undefined;
}

const stops: (() => unknown)[] = [];
const probe = await spawnRedis({ native: true, aof: false });
const skipped = probe === undefined;
await probe?.stop();

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
  if (skipped) console.warn("SKIPPED: active-passive needs valkey-server or redis-server on the PATH");
});

afterEach(async () => {
  await stopAgents();
  for (const stop of stops.splice(0).toReversed()) await stop();
}, 60_000);

async function openRegions(): Promise<Record<Name, Region>> {
  const ports = await freePorts(9);
  const regions = await Promise.all(
    NAMES.map(async (name, at): Promise<Region> => {
      const server = await spawnRedis({ native: true, aof: true });
      if (server === undefined) throw new Error("there was one before");
      stops.push(() => server.stop());
      const native = server.client();
      await native.config("SET", "repl-diskless-sync-delay", "0");
      const [gateway = 0, admin = 0, link = 0] = ports.slice(at * 3, at * 3 + 3);
      return { name, server, native, ports: { gateway, admin, link }, agent: undefined };
    }),
  );
  return Object.fromEntries(regions.map((region) => [region.name, region])) as Record<Name, Region>;
}

function configOf(regions: Record<Name, Region>, { name, ports, server }: Region, mode: Mode): string {
  const lines = Object.values(regions).map(
    (one) => `  - { name: ${one.name}, link: "127.0.0.1:${one.ports.link}", server: "127.0.0.1:${one.server.port}" }`,
  );
  return `mode: ${mode}
region: ${name}
regions:
${lines.join("\n")}
server: { url: "${server.url}" }
gateway: { port: ${ports.gateway} }
link: { host: 127.0.0.1, port: ${ports.link} }
admin: { port: ${ports.admin} }
`;
}

/** Ends its agent, if one runs, and starts one with the mode; `whole`: until it is ready. */
async function restart(regions: Record<Name, Region>, region: Region, mode: Mode): Promise<() => Promise<void>> {
  if (region.agent !== undefined) {
    const { child } = region.agent;
    child.kill("SIGTERM");
    await waitFor(() => child.exitCode !== null || child.signalCode !== null, {
      what: `the agent of ${region.name} to end; ${region.agent.log()}`,
      timeoutMs: 30_000,
    });
    region.agent = undefined;
  }
  const starting = runConfigured(region.name, region.ports, configOf(regions, region, mode));
  return async () => {
    region.agent = await starting;
  };
}

/** Writes a new key each time, and keeps which were acknowledged; reads the server itself beside it. */
class Users {
  readonly acknowledged: string[] = [];
  readonly refused: string[] = [];
  reads = 0;
  private goesOn = true;
  private readonly done: Promise<unknown>;

  constructor(private readonly region: Region) {
    this.done = Promise.all([this.write(), this.read()]);
    stops.push(() => this.stop().catch(() => undefined)); // what went wrong was told before
  }

  async stop(): Promise<void> {
    this.goesOn = false;
    await this.done;
  }

  private async write(): Promise<void> {
    const { name, ports } = this.region;
    const client = new Redis({
      port: ports.gateway,
      maxRetriesPerRequest: 0,
      commandTimeout: 20_000,
      retryStrategy: () => 50,
    });
    client.on("error", () => undefined); // each command is rejected anyway
    for (let at = 0; this.goesOn; at++) {
      const key = `${name}:${at}`;
      try {
        await client.set(key, at);
        this.acknowledged.push(key);
      } catch (error) {
        this.refused.push(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    client.disconnect();
  }

  private async read(): Promise<void> {
    while (this.goesOn) {
      const value = await this.region.native.get("before");
      if (value !== "all this") throw new Error(`${this.region.name} shows ${value}`);
      this.reads++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

async function expectAll(regions: Record<Name, Region>, users: readonly Users[]): Promise<void> {
  const keys = users.flatMap(({ acknowledged }) => acknowledged);
  for (const { name, native } of Object.values(regions)) {
    await waitFor(async () => (await native.exists(...keys)) === keys.length, {
      what: `all ${keys.length} acknowledged writes to be in ${name}`,
      timeoutMs: 30_000,
    });
  }
}

test.skipIf(skipped)(
  "there and back, under reads and writes",
  async () => {
    const regions = await openRegions();
    const { us, eu, ap } = regions;
    const all = [us, eu, ap];
    await us.native.mset("before", "all this", "counter", "5");
    await us.native.rpush("list", "a", "b");
    for (const ready of await Promise.all(all.map((one) => restart(regions, one, "active-passive")))) await ready();
    const admins = all.flatMap(({ ports }) => ["--admin", `http://127.0.0.1:${ports.admin}`]);
    for (const { name, native } of all) {
      const known = async (): Promise<boolean> =>
        String(await native.call("FCALL_RO", "meridian_role", 0)).includes("us");
      await waitFor(known, { what: `${name} to have the record of roles`, timeoutMs: 30_000 });
    }
    let users = all.map((one) => new Users(one));

    // The former primary may not begin while others would write to its server past the function.
    const early = await restart(regions, us, "active-active");
    await expect(early()).rejects.toThrow("mode: active-active first");
    const [euReady, apReady] = [
      await restart(regions, eu, "active-active"),
      await restart(regions, ap, "active-active"),
    ];
    const usReady = await restart(regions, us, "active-active");
    for (const ready of [usReady, euReady, apReady]) await ready();
    const shown = await meridian("mode", "--json", ...admins);
    const modes = JSON.parse(shown.stdout) as { regions: { mode: string; problem: string | null }[] };
    expect(modes.regions.map(({ mode, problem }) => [mode, problem])).toEqual(all.map(() => ["active-active", null]));

    // All write, each in its own region, and what was there is merged as if it had been written by Meridian.
    for (const { agent } of all) await agent?.gateway.incr("counter");
    await eu.agent?.gateway.rpush("list", "c");
    await waitFor(async () => (await ap.native.get("counter")) === "8", {
      what: "increments to sum",
      timeoutMs: 30_000,
    });
    await waitFor(async () => (await us.native.lrange("list", 0, -1)).join("") === "abc", {
      what: "the list",
      timeoutMs: 30_000,
    });
    for (const one of users) await one.stop();
    for (const { reads } of users) expect(reads).toBeGreaterThan(0);
    await expectAll(regions, users);
    expect((await meridian("verify", ...admins)).stdout).toMatch(/^equal/);

    // Back: not before the others are closed and drained.
    users = all.map((one) => new Users(one));
    const unready = await restart(regions, eu, "active-passive");
    await expect(unready()).rejects.toThrow("meridian mode active-passive --primary");
    await (
      await restart(regions, eu, "active-active")
    )();
    const unknown = await meridian("mode", "active-passive", "--primary", "mars", ...admins);
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("mars is no region")]);
    const made = await meridian("mode", "active-passive", "--primary", "us", ...admins);
    expect([made.code, made.stderr]).toEqual([0, ""]);
    await expect(eu.agent?.gateway.set("k", "v")).rejects.toThrow("MERIDIAN_PASSIVE");
    const back = [];
    for (const one of [eu, ap, us]) back.push(await restart(regions, one, "active-passive"));
    for (const ready of back) await ready();
    await waitFor(
      () =>
        ap.agent?.gateway.set("after", "1").then(
          () => true,
          () => false,
        ),
      {
        what: "writes to go to the primary",
        timeoutMs: 30_000,
      },
    );
    for (const one of users) await one.stop();
    await expectAll(regions, users);
    await waitFor(async () => (await ap.native.keys("mer:*")).length === 0, {
      what: "metadata to be gone",
      timeoutMs: 30_000,
    });
    expect(await ap.native.get("counter")).toBe("8");
    expect(await us.native.call("FUNCTION", "LIST", "LIBRARYNAME", "mer")).toEqual([]);
  },
  180_000,
);
