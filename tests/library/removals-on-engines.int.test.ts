/** Removals that go by the logs however small the value: runs of the simulator replay alike on real servers. */
import { testSeed } from "@meridian/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { unseenLimits } from "../../packages/core/src/log/unseen.js";
import { bundleCode } from "./bundle/build.js";
import { record } from "./recording.js";
import { Replay } from "./replay.js";
import { kinds, startServer, type TestServer } from "./support.js";

const STEPS = 150;
const SEEDS = { native: [1, 2, 3, 4, 5, 6], wasm: [1, 2] };
const fresh = testSeed();
const weights = {
  key: 4,
  ttl: 1,
  set: 1,
  hash: 1,
  zset: 1,
  list: 1,
  stream: 1,
  counter: 1,
  string: 0.5,
  store: 1,
  flush: 0.3,
  hll: 0,
  bits: 0,
  geo: 0,
  sort: 0,
};

const usual = { ...unseenLimits };
const limits = { partsMin: 1, rowsPerPart: 10000, bytesPerPart: 10000000, partsPerField: 0, partsPerPlace: 0 };

/** The bundle with these limits in place of its own. */
function limitedCode(): string {
  return Object.entries(limits).reduce((code, [name, value]) => {
    const changed = code.replace(new RegExp(`^${name} = [0-9.]+,?$`, "m"), `${name} = ${value},`);
    expect(changed, name).not.toBe(code);
    return changed;
  }, bundleCode());
}

afterEach(() => {
  Object.assign(unseenLimits, usual);
});

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let server: TestServer;
    const code = limitedCode();

    beforeAll(async () => {
      server = await startServer(kind, code);
    });
    afterAll(() => server.stop());

    test.each([...SEEDS[kind], fresh])(
      "SEED=%d",
      async (seed) => {
        Object.assign(unseenLimits, limits);
        for (const [region, events] of record(seed, STEPS, { weights, isPortable: kind === "wasm" })) {
          await server.redis.flushall();
          await server.redis.call("FUNCTION", "LOAD", "REPLACE", code); // an empty memory
          await new Replay(server).run(events, `${region} of seed ${seed}`);
        }
      },
      120_000,
    );
  });
}
