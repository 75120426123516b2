/**
 * The same TypeScript in Node and, compiled, on real servers: the simulator's histories of several regions with every
 * fault are replayed call by call, and replies and the whole state must be the same, to the last byte.
 */
import { afterAll, beforeAll, describe, test } from "vitest";
import { bundleCode } from "./bundle/build.js";
import { record } from "./recording.js";
import { Replay } from "./replay.js";
import { kinds, startServer, type TestServer } from "./support.js";

const STEPS = 150;
const SEEDS = { native: [1, 2, 3, 4, 5, 6, 7, 8, 949096260], wasm: [1, 2, 3] };
const fresh = Number(process.env["SEED"] ?? Math.floor(Math.random() * 1e9));

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let server: TestServer;
    const code = bundleCode();

    beforeAll(async () => {
      server = await startServer(kind, code);
      await server.redis.config("SET", "hll-sparse-max-bytes", "0"); // the model keeps no sparse HyperLogLog
    });
    afterAll(() => server.stop());

    for (const seed of [...SEEDS[kind], fresh]) {
      test(`a run of the simulator replays alike, SEED=${seed}`, async () => {
        for (const [region, events] of record(seed, STEPS)) {
          await server.redis.flushall();
          await server.redis.call("FUNCTION", "LOAD", "REPLACE", code); // an empty memory
          await new Replay(server).run(events, `${region} of seed ${seed}`);
        }
      }, 120_000);
    }
  });
}
