/** Backlogs in runs (packages/core/src/log/run.ts): runs of the simulator replay alike on real servers. */
import { testSeed } from "@meridian/testkit";
import { afterAll, beforeAll, describe, test } from "vitest";
import { bundleCode } from "./bundle/build.js";
import { record } from "./recording.js";
import { Replay } from "./replay.js";
import { kinds, startServer, type TestServer } from "./support.js";

const STEPS = 120;
const SEEDS = { native: [1, 2], wasm: [] };
const one = {
  string: 1,
  counter: 1,
  hash: 1,
  set: 1,
  zset: 1,
  list: 1,
  stream: 1,
  key: 2,
  ttl: 1,
  store: 1,
  flush: 0.3,
};
const weights = { ...one, hll: 0, bits: 0, geo: 0, sort: 0 };
const fresh = testSeed();

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let server: TestServer;
    const code = bundleCode();

    beforeAll(async () => {
      server = await startServer(kind, code);
    });
    afterAll(() => server.stop());

    test.each([...SEEDS[kind], fresh])(
      "SEED=%d",
      async (seed) => {
        const options = { weights, coalesces: true, isPortable: kind === "wasm" };
        for (const [region, calls] of record(seed, STEPS, options)) {
          await server.redis.flushall();
          await server.redis.call("FUNCTION", "LOAD", "REPLACE", code); // an empty memory
          await new Replay(server).run(calls, `${region} of seed ${seed}`);
        }
      },
      120_000,
    );
  });
}
