/**
 * The same TypeScript in Node and, compiled, on real servers: the simulator's histories of several regions with every
 * fault are replayed call by call, and replies and the whole state must be the same, to the last byte.
 */
import { testSeed } from "@meridian/testkit";
import { afterAll, beforeAll, describe, test } from "vitest";
import { beside } from "../../sim/src/bounded.js";
import type { RunOptions } from "../../sim/src/swarm.js";
import { bundleCode } from "./bundle/build.js";
import { record } from "./recording.js";
import { Replay } from "./replay.js";
import { kinds, startServer, type TestServer } from "./support.js";

const STEPS = 150;
const SEEDS = { native: [1, 2, 3, 4, 5, 6, 7, 8, 949096260], wasm: [1, 2, 3] };
const SHORT_SEEDS = { native: [1, 2, 3, 4], wasm: [1] };
const BOUNDED_SEED = 8;
const mostlySketches = { hll: 9, bits: 3, key: 2, ttl: 1, string: 1, list: 0, zset: 0, geo: 0, stream: 0 };
const mostlyStreams = {
  stream: 9,
  key: 1,
  ttl: 1,
  string: 0.5,
  list: 0.5,
  counter: 0,
  hash: 0,
  set: 0,
  zset: 0,
  geo: 0,
  bits: 0,
  hll: 0,
  sort: 0,
};
const fresh = testSeed();

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let server: TestServer;
    const code = bundleCode();

    beforeAll(async () => {
      server = await startServer(kind, code);
      await server.redis.config("SET", "hll-sparse-max-bytes", "0"); // the model keeps no sparse HyperLogLog
    });
    afterAll(() => server.stop());

    async function compare(seed: number, options: RunOptions): Promise<void> {
      const isPortable = kind === "wasm";
      for (const [region, events] of record(seed, STEPS, { ...options, isPortable })) {
        await server.redis.flushall();
        await server.redis.call("FUNCTION", "LOAD", "REPLACE", code); // an empty memory
        await new Replay(server).run(events, `${region} of seed ${seed}`);
      }
    }

    for (const seed of [...SEEDS[kind], fresh]) {
      test(`a run of the simulator replays alike, SEED=${seed}`, () => compare(seed, {}), 120_000);
    }
    for (const seed of [BOUNDED_SEED, fresh]) {
      const bounded = { bounded: true, folds: true, weights: { ...beside, stream: 0 } };
      test(`a run of bounded counters replays alike, SEED=${seed}`, () => compare(seed, bounded), 120_000);
    }
    for (const seed of [...SHORT_SEEDS[kind], fresh]) {
      const sketches = { weights: mostlySketches };
      test(`a run of HyperLogLogs replays alike, SEED=${seed}`, () => compare(seed, sketches), 120_000);
      const sync = { stateSync: true, setsBack: false };
      test(`a run of regions that take in state replays alike, SEED=${seed}`, () => compare(seed, sync), 240_000);
      test(`a run of streams replays alike, SEED=${seed}`, () => compare(seed, { weights: mostlyStreams }), 120_000);
    }
  });
}
