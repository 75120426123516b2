/** SORT beside plain Redis, of lists, sets and sorted sets, with STORE and without: replies, errors, what is stored. */
import { Draw, families, type Family, randomCommand, seededRandom, testSeed } from "@meridian/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kinds, startPair, type Plain, type TestServer } from "./support.js";

const STEPS = 1500;
const seed = testSeed();
const drawn: Partial<Record<Family, number>> = { sort: 20, counter: 2, string: 1, hash: 2, key: 0.5 };
const weights = Object.fromEntries(families.map((family) => [family, drawn[family] ?? 0]));

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let plain: TestServer;
    let region: TestServer;

    beforeAll(async () => {
      ({ plain, region } = await startPair(kind));
    });
    afterAll(() => Promise.all([plain.stop(), region.stop()]));

    async function list(server: TestServer, key: string): Promise<Plain> {
      const type = await server.plain("TYPE", key);
      return type === "list" ? await server.plain("LRANGE", key, "0", "-1") : type;
    }

    test(`replies and stored lists are plain Redis's, SEED=${seed}`, async () => {
      const random = seededRandom(seed);
      const draw = new Draw(() => random.real());
      const profile = { keys: 2, clashRate: 0.03, ttl: false, badRate: 0.05, weights };
      let stored = 0;
      for (let step = 0; step < STEPS; step++) {
        const command = randomCommand(draw, profile);
        // Sums of floats are compared in plain-redis.int.test.ts: Redis rounds them.
        if (command[0]?.endsWith("FLOAT") === true) continue;
        const what = `step ${step}: ${JSON.stringify(command)}`;
        const reply = await region.call(...command);
        expect(reply, what).toEqual(await plain.plain(...command));
        for (const key of new Set(command.filter((word) => /^l\d$/.test(word)))) {
          expect(await list(region, key), `${what}: ${key}`).toEqual(await list(plain, key));
        }
        if (command.includes("STORE") && typeof reply === "number" && reply > 0) stored++;
      }
      expect(stored).toBeGreaterThan(STEPS / 20);
    });

    test("patterns name no key of Meridian's own", async () => {
      const reserved = { err: expect.stringMatching(/^MERIDIAN_RESERVEDKEY /) as string };
      await region.call("RPUSH", "names", ":w");
      for (const word of ["BY", "GET"]) {
        expect(await region.call("SORT", "names", word, "mer:{0}*")).toEqual(reserved);
        expect(await region.call("SORT", "names", word, "mer:{0}*", "STORE", "l9")).toEqual(reserved);
      }
      expect(await region.call("SORT", "names", "STORE", "mer:{0}:w")).toEqual(reserved);
    });
  });
}
