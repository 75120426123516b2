/** Replication between real servers, with the real library: what design.md section 6 wants survived. */
import { findServerBinary, type Engine } from "@meridian/engine";
import { waitFor } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { Regions, vectorOf, type Region } from "./test-support/regions.js";
import { reportOf } from "./test-support/report.js";

const native = await findServerBinary();
const skipped = native === undefined;
/** For what a slow machine needs long for: the load itself, not what replication makes of it. */
const underLoad = { timeoutMs: 60_000 };
let regions: Regions | undefined;
vi.setConfig({ testTimeout: 180_000 });

beforeAll(() => {
  if (skipped) console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
});

afterEach(async ({ task }) => {
  if (task.result?.state === "fail" && regions !== undefined) console.error(await reportOf(regions.all, ["total"]));
  await regions?.stop();
  regions = undefined;
});

async function start(...names: string[]): Promise<Regions> {
  regions = await Regions.start(names);
  await regions.linksUp();
  return regions;
}

async function stringsOf({ redis }: Engine): Promise<Record<string, string | null>> {
  const keys = (await redis.keys("*")).filter((key) => !key.startsWith("mer:")).sort();
  const values = keys.length === 0 ? [] : await redis.mget(keys);
  return Object.fromEntries(keys.map((key, index) => [key, values.at(index) ?? null]));
}

async function sameEverywhere(all: Regions): Promise<Record<string, string | null>> {
  await all.converged();
  const [first, ...others] = await Promise.all(all.all.map(({ engine }) => stringsOf(engine)));
  for (const other of others) expect(other).toEqual(first);
  return first ?? {};
}

/** Its peer has all it wrote, and its agent has heard so: that is a moment later. */
async function acknowledged({ replication }: Region): Promise<void> {
  await waitFor(() => replication.status().outgoing[0]?.lagMs === 0, { what: "the peer's acknowledgement" });
}

/** What a server has read so far, of all its clients. */
async function bytesInto({ redis }: Engine): Promise<number> {
  return Number(/total_net_input_bytes:(\d+)/.exec(await redis.info("stats"))?.[1]);
}

/** Writes until told to stop; counts what was acknowledged. */
function load({ engine, name }: Region): { counts: { done: number }; stop(): Promise<void> } {
  const counts = { done: 0 };
  let goesOn = true;
  const writer = async (lane: number): Promise<void> => {
    for (let at = 0; goesOn; at++) {
      try {
        await engine.call("INCR", "total");
        await engine.call("SET", `${name}:${lane}:${at % 50}`, `${name} ${at}`);
        counts.done++;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 5)); // the server is away for now
      }
    }
  };
  const lanes = Promise.all([0, 1, 2, 3].map(writer));
  return {
    counts,
    stop: async () => {
      goesOn = false;
      await lanes;
    },
  };
}

test.skipIf(skipped)("two regions: what is written in one is read in the other", async () => {
  const all = await start("a", "b");
  const [a, b] = [all.get("a").engine, all.get("b").engine];
  await a.call("SET", "k", "v");
  await waitFor(async () => (await b.redis.get("k")) === "v", { what: "k in b" });
  await b.call("SET", "k", Buffer.from([0, 255, 10]));
  await b.call("SET", "large", Buffer.alloc(3_000_000, "x"));
  await b.call("INCRBY", "n", "5");
  await a.call("INCRBY", "n", "7");
  await all.converged();
  await acknowledged(all.get("a"));
  expect(await a.redis.getBuffer("k")).toEqual(Buffer.from([0, 255, 10]));
  expect(await a.redis.strlen("large")).toBe(3_000_000);
  expect([await a.redis.get("n"), await b.redis.get("n")]).toEqual(["12", "12"]);
  const { incoming, outgoing, ownOrigin, vector } = all.get("a").replication.status();
  expect(incoming).toMatchObject([{ from: "b", to: "a", state: "up", operationsTotal: 3 }]);
  expect(outgoing).toMatchObject([
    { from: "a", to: "b", state: "up", operationsTotal: 2, lagMs: 0, backlogEntries: 0 },
  ]);
  expect(incoming[0]?.delayMs?.p50).toBeLessThan(10_000); // which is what the waits above allow
  expect(vector[ownOrigin]).toBeGreaterThan(0);
});

test.skipIf(skipped)(
  "three regions under load, a link cut and mended: the third passes on what the cut holds up",
  async () => {
    const all = await start("a", "b", "c");
    const loads = all.all.map(load);
    await waitFor(() => loads.every(({ counts }) => counts.done > 100), { ...underLoad, what: "some load" });
    await all.cut("a", "b");
    await all.get("a").engine.call("SET", "cut", "seen");
    await waitFor(async () => (await all.get("b").engine.redis.get("cut")) === "seen", {
      what: "b to see it through c",
    });
    const outgoing = all
      .get("a")
      .replication.status()
      .outgoing.find(({ to }) => to === "b");
    expect(outgoing?.state).toBe("connecting");
    expect(outgoing?.lastError).not.toBeNull();
    all.mend("a", "b");
    await all.linksUp();
    for (const running of loads) await running.stop();
    const data = await sameEverywhere(all);
    expect(data["total"]).toBe(String(loads.reduce((sum, { counts }) => sum + counts.done, 0)));
    for (const { alarms } of all.all) expect(alarms).toEqual([]);
  },
);

test.skipIf(skipped)("a link cut while both write: the backlog is seen, and goes after the mend", async () => {
  const all = await start("a", "b");
  const [a, b] = [all.get("a"), all.get("b")];
  await a.engine.call("SET", "before", "1");
  await all.converged();
  await acknowledged(a);
  await all.cut("a", "b");
  for (let at = 0; at < 300; at++) await a.engine.call("SET", `a${at}`, "x");
  await b.engine.call("SET", "b", "y");
  await waitFor(() => Number(a.replication.status().outgoing[0]?.lagMs) > 1000, { what: "the lag to be seen" });
  await waitFor(() => a.replication.status().outgoing[0]?.backlogEntries === 300, { what: "the backlog of 300" });
  all.mend("a", "b");
  expect(Object.keys(await sameEverywhere(all))).toHaveLength(302);
  await waitFor(() => a.replication.status().outgoing[0]?.lagMs === 0, { what: "the lag to be gone" });
});

test.skipIf(skipped)("kill -9 of a server under load: it comes back, gets its lost tail, and all agree", async () => {
  const all = await start("a", "b", "c");
  const loads = all.all.map(load);
  const a = all.get("a");
  for (let round = 0; round < 2; round++) {
    const before = loads.map(({ counts }) => counts.done);
    await waitFor(() => loads.every(({ counts }, index) => counts.done > (before.at(index) ?? 0) + 200), {
      ...underLoad,
      what: "load",
    });
    const seen = Number(await all.get("b").engine.redis.get("total"));
    const origin = a.replication.status().ownOrigin;
    process.kill(Number(a.engine.pid), "SIGKILL");
    await waitFor(() => a.replication.status().ownOrigin !== origin, {
      what: "a's new incarnation",
      timeoutMs: 20_000,
    });
    await waitFor(async () => Number(await a.engine.redis.get("total")) >= seen, {
      what: "what b had seen in a",
      timeoutMs: 20_000,
    });
  }
  for (const running of loads) await running.stop();
  await sameEverywhere(all);
  for (const { alarms } of all.all) expect(alarms).toEqual([]);
});

test.skipIf(skipped)("a server that was emptied while it runs begins anew, and gets all back", async () => {
  const all = await start("a", "b", "c");
  const [a, b] = [all.get("a"), all.get("b")];
  await b.engine.call("INCRBY", "total", "5");
  await a.engine.call("INCRBY", "total", "7");
  await all.converged();
  const origin = a.replication.status().ownOrigin;
  await a.engine.redis.flushall();
  await waitFor(() => ![origin, ""].includes(a.replication.status().ownOrigin), {
    what: "a's new incarnation",
    timeoutMs: 20_000,
  });
  await waitFor(async () => (await a.engine.redis.get("total")) === "12", {
    what: "what a had, from the others",
    timeoutMs: 20_000,
  });
  await a.engine.call("INCR", "total");
  await sameEverywhere(all);
  expect(await b.engine.redis.get("total")).toBe("13");
});

test.skipIf(skipped)(
  "entries upon one another's are not checked again and again by a region that was away",
  async () => {
    const all = await start("a", "b", "c");
    const [a, c] = [all.get("a"), all.get("c")];
    await c.stopAgent();
    const loads = [a, all.get("b")].map(load);
    await waitFor(() => loads.every(({ counts }) => counts.done > 500), { ...underLoad, what: "load" });
    for (const running of loads) await running.stop();
    const before = await bytesInto(c.engine);
    await c.startAgent();
    const upToDate = (): boolean => {
      const here = c.replication.status().vector;
      return Object.entries(a.replication.status().vector).every(([origin, stamp]) => (here[origin] ?? 0) >= stamp);
    };
    await waitFor(upToDate, { what: "c to catch up", timeoutMs: 20_000 }); // asks no server: its input is measured
    const given = (await bytesInto(c.engine)) - before;
    const received = c.replication.status().incoming.reduce((sum, { bytesTotal }) => sum + bytesTotal, 0);
    expect(given / received).toBeLessThan(8);
    await sameEverywhere(all);
  },
);

test.skipIf(skipped)("agents stopped in mid-load lose nothing, and two at once do no harm", async () => {
  const all = await start("a", "b");
  const running = load(all.get("a"));
  for (const name of ["a", "b", "a"]) {
    const { counts } = running;
    const before = counts.done;
    await waitFor(() => counts.done > before + 100, { ...underLoad, what: "some load" });
    await all.get(name).stopAgent();
    await waitFor(() => counts.done > before + 300, { ...underLoad, what: "more load" });
    await all.get(name).startAgent();
  }
  const second = await all.second("b");
  const before = running.counts.done;
  await waitFor(() => running.counts.done > before + 300, { ...underLoad, what: "load with two agents in b" });
  await running.stop();
  await sameEverywhere(all);
  await second.stop();
  expect(await all.get("b").engine.redis.get("total")).toBe(String(running.counts.done));
});

test.skipIf(skipped)("what expires untouched is swept, and so logged, within seconds", async () => {
  const all = await start("a", "b");
  const [a, b] = [all.get("a"), all.get("b")];
  await a.engine.call("SET", "short", "lived", "PX", "300");
  const log = `mer:{0}:log:${a.replication.status().ownOrigin}`;
  const written = async (): Promise<unknown> => {
    const fields = (await a.engine.redis.xinfo("STREAM", log)) as unknown[];
    return fields[fields.indexOf("entries-added") + 1];
  };
  // Two cycles of the sweeper at most, which takes smaller steps where a call takes long.
  await waitFor(async () => (await written()) === 2, {
    what: "the write and its expiry in the log",
    timeoutMs: 150_000,
  });
  await all.converged();
  expect(await b.engine.redis.exists("short")).toBe(0);
});

test.skipIf(skipped)("a poisoned entry: link closed, alarm raised, nothing applied, the rest goes on", async () => {
  const all = await start("a", "b");
  const [a, b] = [all.get("a"), all.get("b")];
  await a.engine.call("SET", "good", "1");
  await all.converged();
  const vector = await vectorOf(b.engine);
  const { ownOrigin } = a.replication.status();
  await a.engine.redis.xadd(`mer:{0}:log:${ownOrigin}`, "*", "b", "no frames at all");
  await waitFor(() => b.alarms.some(({ code }) => code === "REPLICA_BAD_ENTRY"), { what: "the alarm" });
  expect(b.alarms).toMatchObject([{ code: "REPLICA_BAD_ENTRY", peer: "a", origin: ownOrigin }]);
  expect(b.replication.alarms()).toMatchObject([{ code: "REPLICA_BAD_ENTRY", count: 1 }]);
  await all.linksUp();
  expect(await vectorOf(b.engine)).toBe(vector);
  await b.engine.call("SET", "other", "way");
  await waitFor(async () => (await a.engine.redis.get("other")) === "way", { what: "the other direction" });
});

test.skipIf(skipped)("another version, and another list of regions, are refused by name", async () => {
  const all = await start("a", "b");
  const [a, b] = [all.get("a"), all.get("b")];
  await b.stopAgent();
  await b.startAgent({ protocolVersion: 99 });
  const refused = () => a.replication.status().incoming[0]?.state === "refused";
  await waitFor(refused, { what: "a to be refused" });
  expect(a.replication.status().incoming[0]?.lastError).toContain("run the same Meridian version");
  await waitFor(() => b.replication.status().incoming[0]?.state === "refused", { what: "b to be refused" });
  expect(b.alarms.map(({ code }) => code)).toContain("REPLICA_LINK_REFUSED");
  await b.stopAgent();
  await b.startAgent();
  await all.linksUp();
});

test.skipIf(skipped)("logs are trimmed to what every region has on its disk", async () => {
  const all = await start("a", "b");
  const [a, b] = [all.get("a"), all.get("b")];
  for (const region of all.all) {
    await region.stopAgent();
    await region.startAgent({ limits: { trimKeepMs: 0, trimEveryMs: 200 } });
  }
  await all.linksUp();
  for (let at = 0; at < 50; at++) await a.engine.call("SET", `k${at}`, "x");
  await all.converged();
  const { ownOrigin } = a.replication.status();
  const lengths = () => Promise.all([a, b].map(({ engine }) => engine.redis.xlen(`mer:{0}:log:${ownOrigin}`)));
  expect((await lengths())[0]).toBe(50);
  await waitFor(async () => (await lengths()).every((length) => length === 0), { what: "the trim", timeoutMs: 20_000 });
  expect(a.replication.holdings()).toMatchObject([
    { region: "a", ownOrigin },
    { region: "b", durable: { [ownOrigin]: expect.any(Number) } },
  ]);
  await b.stopAgent(); // what b is away for is kept
  for (let at = 0; at < 10; at++) await a.engine.call("SET", `later${at}`, "x");
  await waitFor(() => Number(a.replication.holdings()[0]?.durable[ownOrigin]) > 0, { what: "a's own durability" });
  await b.startAgent();
  await sameEverywhere(all);
});

test.skipIf(skipped)("a peer behind the trimmed log needs a sync by state: an alarm, and no hot loop", async () => {
  const all = await start("a", "b");
  const [a, b] = [all.get("a"), all.get("b")];
  await b.stopAgent();
  for (let at = 0; at < 5; at++) await a.engine.call("SET", `k${at}`, "x");
  const { ownOrigin } = a.replication.status();
  const log = `mer:{0}:log:${ownOrigin}`;
  await a.stopAgent(); // its memory still holds what is trimmed here
  await a.engine.redis.xtrim(log, "MAXLEN", 2);
  await a.startAgent();
  await b.startAgent();
  await waitFor(() => a.alarms.some(({ code }) => code === "REPLICA_NEEDS_STATE_SYNC"), { what: "the alarm" });
  const sent = a.replication.status().outgoing[0]?.operationsTotal;
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(a.replication.status().outgoing[0]?.operationsTotal).toBe(sent);
  expect(await stringsOf(b.engine)).toEqual({});
});
