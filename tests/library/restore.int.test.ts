/**
 * RESTORE beside plain Redis: payloads of every type with every option give the same replies, in the same order of mistakes,
 * and the same values and deadlines.
 */
import { Draw, seededRandom, testSeed } from "@meridian/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kinds, libraryCode, startServer, type Plain, type TestServer } from "./support.js";

const STEPS = 800;
const DEADLINE_TOLERANCE_MS = 1000;
/** Later deadlines are taken for this one. */
const DEADLINE_MAX = Number.MAX_SAFE_INTEGER;
const seed = testSeed();
const makers = [
  ["SET", "text"],
  ["RPUSH", "a", "b", "a"],
  ["SADD", "1", "2", "three"],
  ["HSET", "f", "1", "g", "\0\xff"],
  ["ZADD", "1.5", "a", "-inf", "b", "0.1", "c"],
  ["PFADD", "x", "y"],
  ["XADD", "5-1", "f", "v"],
] as const;
const ttls = ["0", "100000", "4102444800000", "-1", "x", "9223372036854775807"];
const options = [
  ["REPLACE"],
  ["replace"],
  ["ABSTTL"],
  ["IDLETIME", "5"],
  ["FREQ", "7"],
  ["IDLETIME", "-5"],
  ["FREQ", "256"],
  ["FREQ", "REPLACE"],
  ["IDLETIME"],
  ["KEEPTTL"],
];

/** To the last byte; the members of a set in an order of ours, for the server has none. */
async function valueOf(server: TestServer, key: string): Promise<Plain> {
  if ((await server.plain("TYPE", key)) !== "set") return await server.plain("DUMP", key);
  return ((await server.plain("SMEMBERS", key)) as string[]).toSorted();
}

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let server: TestServer;
    const payloads: string[] = [];

    beforeAll(async () => {
      server = await startServer(kind, libraryCode());
      await server.call("configure", "us", "us,eu");
      for (const [name, ...args] of makers) {
        await server.plain("DEL", "made");
        await server.plain(name, "made", ...args);
        payloads.push((await server.plain("DUMP", "made")) as string);
      }
      await server.plain("DEL", "made");
    });
    afterAll(() => server.stop());

    test(`replies, values and deadlines are the server's own, SEED=${seed}`, async () => {
      const random = seededRandom(seed);
      const draw = new Draw(() => random.real());
      const counts = { restored: 0, refused: 0 };
      for (let step = 0; step < STEPS; step++) {
        if (draw.chance(0.5)) await Promise.all([server.call("DEL", "ours"), server.plain("DEL", "plain")]);
        const payload = draw.chance(0.9) ? draw.pick(payloads) : draw.pick(["", "x", draw.pick(payloads).slice(1)]);
        const chosen = Array.from({ length: draw.below(3) }, () => draw.pick(options)).flat();
        const args = [draw.pick(draw.chance(0.6) ? ttls.slice(0, 3) : ttls), payload, ...chosen];
        const reply = await server.call("RESTORE", "ours", ...args);
        const what = JSON.stringify(args);
        expect(reply, what).toEqual(await server.plain("RESTORE", "plain", ...args));
        if (reply === "OK") counts.restored++;
        else counts.refused++;
        expect(await valueOf(server, "ours"), what).toEqual(await valueOf(server, "plain"));
        const deadlines = await Promise.all([
          server.plain("PEXPIRETIME", "ours"),
          server.plain("PEXPIRETIME", "plain"),
        ]);
        expect(Math.abs(Number(deadlines[0]) - Math.min(DEADLINE_MAX, Number(deadlines[1]))), what).toBeLessThan(
          DEADLINE_TOLERANCE_MS,
        );
        expect(await server.plain("EXISTS", "mer:{0}:t")).toBe(0);
      }
      expect(Math.min(counts.restored, counts.refused)).toBeGreaterThan(STEPS / 5);
    });

    test("a HyperLogLog is one again, of whom others may add to", async () => {
      await server.call("RESTORE", "sketch", "0", payloads[5] ?? "", "REPLACE");
      expect(await server.call("inspect", "sketch")).toContain('"type":"hyperloglog"');
      expect(await server.call("PFADD", "sketch", "z")).toBe(1);
      expect(await server.plain("PFCOUNT", "sketch")).toBe(3);
    });
  });
}
