/** A server that is killed again and again begins an incarnation each time; vectors are short again soon after, everywhere. */
import { findServerBinary, type Engine } from "@meridian/engine";
import { spawnRedis, waitFor, type SpawnedRedis } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import { Regions, vectorOf } from "./test-support/regions.js";
import { reportOf } from "./test-support/report.js";

const skipped = (await findServerBinary()) === undefined;
const RESTARTS = Number(process.env["RESTARTS"] ?? 12);
const LIMITS = { foldAfterMs: 1000, foldEveryMs: 100 };
let regions: Regions | undefined;
/** Killed and started again at once: the engine would wait longer each time for a server of its own. */
let server: SpawnedRedis | undefined;

afterEach(async ({ task }) => {
  if (task.result?.state === "fail" && regions !== undefined) console.error(await reportOf(regions.all, ["total"]));
  await regions?.stop();
  await server?.stop();
  regions = undefined;
  server = undefined;
});

async function widthOf(engine: Engine): Promise<number> {
  return (await vectorOf(engine)).split(", ").length;
}

/** What `meridian verify` compares, of all keys. */
async function digestOf(engine: Engine): Promise<string> {
  const tallies: string[] = [];
  for (let bucket = 0; bucket < 65536;) {
    const [next, , tally] = (await engine.call("digest", "buckets", String(bucket), "20000")) as [
      number,
      number,
      string,
    ];
    tallies.push(tally);
    bucket = next;
  }
  return tallies.join("");
}

/** Writes to all regions until told to stop; a server that is away is tried again. */
function load(engines: readonly Engine[]): () => Promise<void> {
  let goesOn = true;
  const lanes = engines.map(async (engine) => {
    for (let at = 0; goesOn; at++) {
      const writes = [
        engine.call("INCR", "total"),
        engine.call("SADD", "set", String(at % 20)),
        engine.call("SREM", "set", String((at * 7) % 20)),
      ];
      await Promise.allSettled(writes);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  });
  return async () => {
    goesOn = false;
    await Promise.all(lanes);
  };
}

test.skipIf(skipped)(
  `${RESTARTS} times kill -9 under writes: vectors are short again in every region, and all agree`,
  async () => {
    const killed = await spawnRedis({ aof: true });
    if (killed === undefined) throw new Error("no native server");
    server = killed;
    regions = await Regions.start(["a", "b", "c"], (name) => (name === "a" ? { url: killed.url } : {}), {
      limits: LIMITS,
    });
    await regions.linksUp();
    const engines = regions.all.map(({ engine }) => engine);
    const [a, b] = engines as [Engine, Engine];
    const stop = load(engines);
    const origins = new Set<string>();
    const ownOrigin = async (): Promise<string> => String(((await a.call("state")) as unknown[])[2]);
    const isNew = (origin: string): boolean => origin !== "" && !origins.has(origin);
    for (let round = 0; round < RESTARTS; round++) {
      origins.add(await ownOrigin());
      await killed.kill9();
      await killed.restart();
      const isBack = async (): Promise<boolean> => isNew(await ownOrigin().catch(() => ""));
      await waitFor(isBack, { what: "the server to be back", timeoutMs: 20_000 });
      // What the new incarnation writes reaches the others, so it leaves its mark in every vector.
      await waitFor(async () => (await vectorOf(b)).includes(await ownOrigin()), {
        what: "its entries",
        timeoutMs: 20_000,
      });
    }
    await stop();
    const before = Math.max(...(await Promise.all(engines.map(widthOf))));
    const isShort = async (): Promise<boolean> =>
      (await Promise.all(engines.map(widthOf))).every((width) => width === 4);
    await waitFor(isShort, { what: "short vectors", timeoutMs: 40_000 });
    await regions.converged();
    console.log(`${origins.size} former incarnations; a vector had up to ${before} entries, then 4`);
    const [first, ...others] = await Promise.all(engines.map(digestOf));
    for (const other of others) expect(other).toBe(first);
    for (const engine of engines) expect(await engine.redis.keys("mer:{0}:log:a~*")).toHaveLength(1);
    // And they go on from there.
    await b.call("SREM", "set", ...Array.from({ length: 20 }, (_, at) => String(at)));
    await regions.converged();
    for (const engine of engines) expect(await engine.redis.scard("set")).toBe(0);
  },
  180_000,
);
