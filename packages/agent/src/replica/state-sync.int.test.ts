/** A region that the logs no longer reach catches up by state, while all write: on real servers, over real links. */
import { findServerBinary, type Engine } from "@meridian/engine";
import { waitFor } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import type { ReplicationOptions } from "./index.js";
import { Regions, type Region } from "./test-support/regions.js";
import { reportOf } from "./test-support/report.js";

const skipped = (await findServerBinary()) === undefined;
const slow = { timeoutMs: 90_000 };
/** As in a deployment, but quick: logs of 100 kB, kept for a second, and regions away after half a second. */
const limits = {
  logBytesMax: 100_000,
  tailBytesMax: 20_000,
  trimEveryMs: 200,
  trimKeepMs: 1000,
  awayAfterMs: 500,
  rewindRetryMs: 300,
  relayConnectedAfterMs: 2000,
  parkMs: 2000,
  stateSyncAfterMs: 3000,
};
let regions: Regions | undefined;
let loads: Load[] = [];
vi.setConfig({ testTimeout: 240_000 });

beforeAll(() => {
  if (skipped) console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
});

afterEach(async ({ task }) => {
  if (task.result?.state === "fail" && regions !== undefined) {
    console.error(await reportOf(regions.all));
    for (const { name, replication } of regions.all) {
      const { retention, stateSync } = replication.status();
      console.error(name, JSON.stringify({ retention, stateSync }));
    }
  }
  for (const running of loads.splice(0)) await running.stop();
  await regions?.stop();
  regions = undefined;
});

async function start(names: readonly string[], change: Partial<ReplicationOptions> = {}): Promise<Regions> {
  regions = await Regions.start(names, {}, { limits, ...change });
  await regions.linksUp();
  return regions;
}

/** Nothing outlives a crash of these servers, so nothing waits for a disk before it is sent: that takes 4 s a time. */
async function inMemoryOnly(all: Regions): Promise<void> {
  for (const { engine } of all.all) await engine.redis.config("SET", "appendonly", "no", "save", "");
}

/** The import that runs in the region has taken in more than so many buckets. */
async function pastBucket(bucket: number, { replication }: { replication: Region["replication"] }): Promise<number> {
  const what = `the import to get past bucket ${bucket}`;
  return waitFor(
    () => {
      const { buckets = 0 } = replication.status().stateSync ?? {};
      return buckets > bucket && buckets;
    },
    { what, ...slow },
  );
}

async function untilCaughtUp(region: Region, ...others: Region[]): Promise<void> {
  await waitFor(() => region.replication.status().stateSync === null, { what: "the import to end", ...slow });
  await waitFor(() => others.every((other) => !fallenIn(other).includes(region.name)), {
    what: "its catching up",
    ...slow,
  });
}

interface Load {
  writes(): number;
  stop(): Promise<void>;
}

/** Sets and adds to keys of its own and to common ones, until told to stop. */
function load({ engine, name }: Region): Load {
  let goesOn = true;
  let at = 0;
  const done = (async () => {
    for (; goesOn; at++) {
      await engine.call("SET", `${name}:${at % 500}`, `${at} ${"x".repeat(200)}`);
      await engine.call("SADD", `common:${at % 50}`, `${name} ${at % 7}`);
      await engine.call("INCR", "total");
      if (at % 10 === 0) await engine.call("DEL", `${name}:${(at + 250) % 500}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  return {
    writes: () => at,
    stop: async () => {
      goesOn = false;
      await done;
    },
  };
}

/** Tallies of all buckets: two regions are equal in values and metadata where these are. */
async function digestOf(engine: Engine): Promise<string> {
  const tallies: string[] = [];
  for (let from = 0; from < 65_536;) {
    const [next, , part] = (await engine.callBuffer("digest", "buckets", String(from), "20000")) as [
      Buffer,
      Buffer,
      Buffer,
    ];
    from = Number(String(next));
    tallies.push(part.toString("hex"));
  }
  return tallies.join("");
}

async function expectEqual(all: Regions): Promise<void> {
  await all.converged("all regions to stand at the same vector", slow.timeoutMs);
  const [first, ...others] = await Promise.all(all.all.map(({ engine }) => digestOf(engine)));
  for (const other of others) expect(other === first).toBe(true);
}

async function cutOff(all: Regions, name: string): Promise<void> {
  for (const other of all.all) if (other.name !== name) await all.cut(name, other.name);
}

function rejoin(all: Regions, name: string): void {
  for (const other of all.all) if (other.name !== name) all.mend(name, other.name);
}

const fallenIn = ({ replication }: Region): readonly string[] => replication.status().retention.fallen;

/** Until the logs of both no longer reach back to the third. */
async function untilFallen(name: string, ...others: Region[]): Promise<void> {
  await waitFor(() => others.every((region) => fallenIn(region).includes(name)), {
    what: "the logs to be cut",
    ...slow,
  });
}

test.skipIf(skipped)(
  "after a cut that outlasts the logs a region catches up by state, while all three write",
  async () => {
    const all = await start(["a", "b", "c"]);
    await inMemoryOnly(all);
    const [a, b, c] = [all.get("a"), all.get("b"), all.get("c")];
    for (let at = 0; at < 50; at++) await a.engine.call("SET", `old:${at}`, "x");
    await all.converged();
    await cutOff(all, "c");
    for (let at = 0; at < 40; at++) await a.engine.call("DEL", `old:${at}`);
    for (let at = 0; at < 200; at++) await c.engine.call("SET", `cut off:${at}`, String(at));
    await c.engine.call("SET", "old:39", "written in c");
    loads = [a, b, c].map((region) => load(region));
    await untilFallen("c", a, b);
    expect(a.alarms).toContainEqual(expect.objectContaining({ code: "REPLICA_NEEDS_STATE_SYNC", peer: "c" }));
    expect(fallenIn(c)).toEqual([]); // what only c holds stays in its log
    rejoin(all, "c");
    await waitFor(() => c.replication.status().stateSync !== null, { what: "the import to begin", ...slow });
    await untilCaughtUp(c, a, b);
    for (const running of loads) await running.stop();
    await expectEqual(all);
    for (const { engine } of all.all) {
      expect(await engine.redis.exists(...Array.from({ length: 39 }, (_, at) => `old:${at}`))).toBe(0);
      expect(await engine.redis.get("old:39")).toBe("written in c");
      expect(await engine.redis.get("cut off:199")).toBe("199");
      expect(await engine.redis.get("total")).toBe(String(loads.reduce((sum, running) => sum + running.writes(), 0)));
    }
  },
);

test.skipIf(skipped)(
  "an import goes on after the agent, the server or the exporter has died in the middle",
  async () => {
    const all = await start(["a", "b", "c"], { compression: false, stateSyncBytesPerSecond: 40_000 });
    const [a, b, c] = [all.get("a"), all.get("b"), all.get("c")];
    for (let at = 0; at < 1500; at++) await a.engine.call("SET", `key:${at}`, "x".repeat(400));
    await all.converged();
    await cutOff(all, "c");
    loads = [a, b].map((region) => load(region));
    await untilFallen("c", a, b);
    for (const running of loads) await running.stop();
    rejoin(all, "c");

    const before = await pastBucket(4000, c);
    await c.stopAgent();
    await c.startAgent();
    await waitFor(() => c.replication.status().stateSync !== null, { what: "the new agent to go on", ...slow });
    expect(c.replication.status().stateSync?.buckets).toBeGreaterThanOrEqual(before);

    const { pid } = c.engine;
    process.kill(Number(pid), "SIGKILL");
    await waitFor(() => c.engine.pid !== undefined && c.engine.pid !== pid, { what: "c's server to be back", ...slow });
    await pastBucket(before, c);

    const source = all.get(String(c.replication.status().stateSync?.source));
    await source.stopAgent();
    await waitFor(() => c.replication.status().stateSync?.source !== source.name, {
      what: "another exporter",
      ...slow,
    });
    await waitFor(() => c.replication.status().stateSync === null, { what: "the import to end", ...slow });
    await source.startAgent();
    await expectEqual(all);
    expect(await c.engine.redis.get("key:1499")).toBe("x".repeat(400));
  },
);

test.skipIf(skipped)(
  "a region that is new, and empty, takes in the state of another one, while they write",
  async () => {
    const all = await start(["a", "b", "c"]);
    await inMemoryOnly(all);
    const [a, b, c] = [all.get("a"), all.get("b"), all.get("c")];
    await cutOff(all, "c"); // nobody has heard of it
    loads = [a, b].map((region) => load(region));
    for (const region of [a, b]) {
      await region.stopAgent();
      await region.startAgent();
    }
    await untilFallen("c", a, b);
    rejoin(all, "c");
    await waitFor(() => c.replication.status().stateSync !== null, { what: "the import to begin", ...slow });
    await untilCaughtUp(c, a, b);
    for (const running of loads) await running.stop();
    await expectEqual(all);
  },
);
