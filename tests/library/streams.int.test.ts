/**
 * Streams of two regions on real servers: entries that arrive late stand at their place, and the server's own things stay as
 * they are: groups, what is pending, counts, and a tree without holes.
 */
import { decodeFrames, encodeFrames } from "@meridian/core";
import { waitFor } from "@meridian/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { kinds, libraryCode, ROOT, startServer, type Plain, type TestServer } from "./support.js";

/** Entries of a full node of the server's tree. */
const NODE_ENTRIES = 100;
/** Nodes that may be partly empty before they are packed anew, and some to spare. */
const LOOSE_NODES = 40;

type Entry = [id: string, fields: string[]];

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let us: TestServer;
    let eu: TestServer;
    /** Frames of eu that us has applied. */
    let passed = 0;

    beforeAll(async () => {
      [us, eu] = await Promise.all([startServer(kind, libraryCode()), startServer(kind, libraryCode())]);
      await us.call("configure", "us", "us,eu");
      await eu.call("configure", "eu", "us,eu");
    });
    afterAll(() => Promise.all([us.stop(), eu.stop()]));
    beforeEach(async () => {
      await us.call("FLUSHALL");
    });

    /** Moves what eu wrote to us, so many entries a call. */
    async function deliver(most: number): Promise<void> {
      const log = (await eu.redis.keys(`${ROOT}:log:eu~*`))[0] ?? "";
      const rows = (await eu.plain("XRANGE", log, "-", "+")) as [string, [string, string]][];
      const all = rows.flatMap(([, [, frames]]) => decodeFrames(frames));
      while (passed < all.length) {
        const part = all.slice(passed, passed + most);
        const reply = (await us.call("apply", log.slice(`${ROOT}:log:`.length), encodeFrames(part))) as Plain[];
        expect(reply[0]).toBe("ok");
        passed += part.length;
      }
    }

    async function milliseconds(server: TestServer): Promise<number> {
      const [seconds, micros] = (await server.plain("TIME")) as [string, string];
      return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    }

    async function laterThan(ms: number, server: TestServer): Promise<void> {
      await waitFor(async () => (await milliseconds(server)) > ms + 1, { what: "a later millisecond" });
    }

    async function info(key: string): Promise<Map<string, Plain>> {
      const flat = (await us.plain("XINFO", "STREAM", key)) as Plain[];
      return new Map(flat.flatMap((name, at) => (at % 2 === 0 ? [[String(name), flat[at + 1] ?? 0] as const] : [])));
    }

    async function ids(server: TestServer, key: string): Promise<string[]> {
      return ((await server.plain("XRANGE", key, "-", "+")) as Entry[]).map(([id]) => id);
    }

    test("late entries stand at their place, one by one, and the tree stays packed", async () => {
      const key = "packed";
      const count = 400;
      for (let at = 0; at < count; at++) await eu.call("XADD", key, `${at + 1}-2`, "f", `eu${at}`);
      for (let at = 0; at < count; at++) await us.call("XADD", key, `${at + 1}-1`, "f", `us${at}`);
      await us.call("XGROUP", "CREATE", key, "g", "0");
      await us.call("XREADGROUP", "GROUP", "g", "c", "COUNT", "50", "STREAMS", key, ">");
      await deliver(1);
      const expected = Array.from({ length: count }, (_, at) => [`${at + 1}-1`, `${at + 1}-2`]).flat();
      expect(await ids(us, key)).toEqual(expected);
      const after = await info(key);
      expect(Number(after.get("radix-tree-keys"))).toBeLessThan((2 * count) / NODE_ENTRIES + LOOSE_NODES);
      expect(after.get("last-generated-id")).toBe(`${count}-2`);
      expect(after.get("entries-added")).toBe(2 * count);
      const pending = (await us.plain("XPENDING", key, "g", "-", "+", "1000")) as string[][];
      expect(pending.map(([id]) => id)).toEqual(Array.from({ length: 50 }, (_, at) => `${at + 1}-1`));
    }, 120_000);

    test("what came late below a group's cursor is delivered, and only once", async () => {
      const key = "late";
      await eu.call("XADD", key, "5-2", "f", "late");
      for (const id of ["4-1", "6-1", "7-1"]) await us.call("XADD", key, id, "f", "v");
      await us.call("XGROUP", "CREATE", key, "g", "0");
      const read = ["XREADGROUP", "GROUP", "g", "c", "COUNT", "2", "STREAMS", key, ">"] as const;
      await us.call(...read);
      await deliver(10);
      expect(await us.call(...read)).toEqual([
        [
          key,
          [
            ["5-2", ["f", "late"]],
            ["7-1", ["f", "v"]],
          ],
        ],
      ]);
      expect(await us.call(...read)).toBe(false);
      const [group] = (await us.plain("XINFO", "GROUPS", key)) as Plain[][];
      expect(group?.slice(4)).toEqual(["pending", 4, "last-delivered-id", "7-1", "entries-read", 4, "lag", 0]);
    });

    test("two entries under one id: the later shows, the other is kept, in the middle too", async () => {
      const key = "same";
      await us.call("XADD", key, "5-5", "f", "us");
      await us.call("XADD", key, "6-1", "f", "after");
      await laterThan(await milliseconds(us), eu);
      await eu.call("XADD", key, "5-5", "f", "eu");
      await deliver(10);
      expect(await us.plain("XRANGE", key, "-", "+")).toEqual([
        ["5-5", ["f", "eu"]],
        ["6-1", ["f", "after"]],
      ]);
      expect(String(await us.call("losers", key))).toContain('[\\"f\\",\\"us\\"]');
    });
  });
}
