/**
 * Bytes of HyperLogLogs from the wire: what the core takes no server refuses, for an effect must not fail half-way; and it
 * refuses nothing that a server takes. Real bytes are damaged at random places.
 */
import { encodeFrames } from "@meridian/core";
import { Draw, pack, seededRandom, testSeed } from "@meridian/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isSketch, looksLikeSketch } from "../../packages/core/src/types/sketch-bytes.js";
import { kinds, libraryCode, startServer, type Plain, type TestServer } from "./support.js";

const ROUNDS = 1000;
const seed = testSeed();
const ORIGIN = "eu~mubbs7i8604f";
const KEEP = [0, 1, false];

function damaged(draw: Draw, bytes: string): string {
  const at = draw.chance(0.3) ? draw.below(bytes.length) : 16 + draw.below(bytes.length - 16);
  const way = draw.below(4);
  if (way === 0) return bytes.slice(0, at);
  const byte = draw.chance(0.5) ? draw.pick(["\x00", "\x3f", "\x40", "\x7f", "\x80", "\xff"]) : draw.below(256);
  const text = typeof byte === "string" ? byte : String.fromCharCode(byte);
  return bytes.slice(0, at) + text + bytes.slice(way === 1 ? at : at + 1);
}

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let server: TestServer;
    let stamp = (Date.now() - 1704067200000) * 4096;
    let previous = 0;

    beforeAll(async () => {
      server = await startServer(kind, libraryCode());
      await server.call("configure", "us", "us,eu");
    });
    afterAll(() => server.stop());

    async function bytesOf(count: number): Promise<string> {
      await server.plain("DEL", "real");
      await server.plain("PFADD", "real", ...Array.from({ length: count }, (_, at) => `element ${at}`));
      return (await server.plain("GET", "real")) as string;
    }

    async function apply(operation: unknown[]): Promise<Plain> {
      stamp++;
      const reply = await server.call(
        "apply",
        ORIGIN,
        encodeFrames([{ stamp, payload: pack([previous, [], [operation]] as never) }]),
      );
      if (!Array.isArray(reply)) return reply;
      previous = stamp;
      return reply[0] ?? "";
    }

    test(`the core takes what the server takes, and nothing else, SEED=${seed}`, async () => {
      const random = seededRandom(seed);
      const draw = new Draw(() => random.real());
      const sources = await Promise.all([0, 1, 5, 60].map(bytesOf));
      const counts = { taken: 0, refused: 0 };
      for (let round = 0; round < ROUNDS; round++) {
        const bytes = draw.chance(0.1) ? draw.pick(sources) : damaged(draw, draw.pick(sources));
        await server.plain("SET", "bytes", bytes);
        const reply = await server.plain("PFCOUNT", "bytes", "bytes");
        const what = JSON.stringify(bytes);
        expect(isSketch(bytes), what).toBe(typeof reply === "number");
        if (!looksLikeSketch(bytes))
          expect(reply, what).toEqual({ err: expect.stringMatching(/^WRONGTYPE /) as string });
        if (isSketch(bytes)) counts.taken++;
        else counts.refused++;
      }
      expect(counts.taken).toBeGreaterThan(ROUNDS / 20);
      expect(counts.refused).toBeGreaterThan(ROUNDS / 4);
    });

    test("an entry with broken bytes changes nothing", async () => {
      const [bytes, broken] = [await bytesOf(5), (await bytesOf(5)).slice(0, -1)];
      for (const operation of [
        ["C", "k", [], broken, KEEP],
        ["P", "k", "p", broken, 0, []],
      ]) {
        expect(await apply(operation)).toEqual({ err: expect.stringMatching(/^MERIDIAN_BADENTRY /) as string });
      }
      expect(await server.plain("EXISTS", "k")).toBe(0);
      expect(await apply(["C", "k", [], bytes, KEEP])).toBe("ok");
      expect(await server.plain("PFCOUNT", "k")).toBe(5);
    });

    test("two creations keep bytes of their own until one is removed", async () => {
      await server.call("PFADD", "two", "a");
      await apply(["G", "two", [], ["b", "c"], KEEP]);
      expect(await server.plain("PFCOUNT", "two")).toBe(3);
      expect(await server.plain("HLEN", "mer:{0}:p:two")).toBe(2);
      await server.call("PFADD", "two", "d");
      await apply(["D", "two", []]);
      expect(await server.plain("PFCOUNT", "two")).toBe(2);
      expect(await server.plain("EXISTS", "mer:{0}:p:two")).toBe(0);
      await server.call("DEL", "two");
      expect(await server.plain("EXISTS", "two")).toBe(0);
    });
  });
}
