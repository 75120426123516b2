/** BITFIELD beside plain Redis: integers of any width, to the last digit, though a Lua number holds 53 bits. */
import { Draw, seededRandom, testSeed } from "@meridian/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kinds, libraryCode, startServer, type TestServer } from "./support.js";

const STEPS = 1500;
const seed = testSeed();
const types = ["i64", "u63", "i54", "u54", "i53", "u53", "i60", "i8", "u32", "u64", "x54", "i", "I54"];
const offsets = ["0", "1", "63", "#1", "#0", "77", "-1", "x"];
const values = ["9223372036854775807", "-9223372036854775808", "1", "-1", "9007199254740993", "1000000000000000003"];

function operation(draw: Draw): string[] {
  const [type, offset] = [draw.pick(types), draw.pick(offsets.slice(0, draw.chance(0.1) ? offsets.length : 6))];
  const overflow = draw.chance(0.4) ? ["OVERFLOW", draw.pick(["WRAP", "SAT", "FAIL", "NEVER"])] : [];
  if (draw.chance(0.4)) return ["GET", type, offset];
  return [...overflow, draw.pick(["SET", "INCRBY"]), type, offset, draw.pick(values)];
}

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let server: TestServer;

    beforeAll(async () => {
      server = await startServer(kind, libraryCode());
      await server.call("configure", "us", "us,eu");
    });
    afterAll(() => server.stop());

    test(`replies and bytes are the server's own, SEED=${seed}`, async () => {
      const random = seededRandom(seed);
      const draw = new Draw(() => random.real());
      for (let step = 0; step < STEPS; step++) {
        if (draw.chance(0.02)) await Promise.all([server.call("DEL", "ours"), server.plain("DEL", "plain")]);
        const operations = Array.from({ length: draw.below(5) }, () => operation(draw)).flat();
        const reply = await server.call("BITFIELD", "ours", ...operations);
        expect(reply, JSON.stringify(operations)).toEqual(await server.plain("BITFIELD", "plain", ...operations));
        expect(await server.plain("GET", "ours")).toBe(await server.plain("GET", "plain"));
      }
    });

    test("reads to the last digit in a transaction", async () => {
      await server.call("BITFIELD", "wide", "SET", "i64", "0", "-9223372036854775807");
      const read = ["BITFIELD_RO", "wide", "GET", "i64", "0", "GET", "u63", "#0", "GET", "u8", "0"];
      const reply = await server.call("pipeline", String(read.length), ...read);
      expect(reply).toEqual([await server.plain(...read)]);
      expect(reply).toEqual([["-9223372036854775807", "4611686018427387904", 128]]);
    });

    test("refuses what no log entry holds, and only reads what is there", async () => {
      const tooLarge = { err: expect.stringMatching(/^MERIDIAN_TOOLARGE /) as string };
      expect(await server.call("SETBIT", "far", "4294967295", "1")).toEqual(tooLarge);
      expect(await server.call("BITFIELD", "far", "SET", "u8", "4294967290", "1")).toEqual(tooLarge);
      expect(await server.call("BITFIELD", "far", "SET", "i64", "#67000000", "1")).toEqual(tooLarge);
      expect(await server.call("BITFIELD", "far", "GET", "i64", "4294967290")).toEqual([0]);
      expect(await server.plain("EXISTS", "far")).toBe(0);
    });
  });
}
