/** What the agents of a region agree upon in its server's memory: who replicates, and what that one tells the others. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { kinds, libraryCode, ROOT, startServer, type Plain, type TestServer } from "./support.js";

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let server: TestServer;
    const agents = (...args: string[]): Promise<Plain> =>
      server.plain("FCALL", "mer_agents", "1", ROOT, "agents", ...args);
    const beat = async (id: string, claim = "", told = ""): Promise<Plain[]> =>
      (await agents("beat", id, `about ${id}`, claim, told)) as Plain[];
    const take = async (id: string): Promise<Plain[]> => beat(id, String((await beat(id))[2]));

    beforeAll(async () => {
      server = await startServer(kind, libraryCode());
    });
    beforeEach(async () => {
      for (const id of ["a", "b"]) await agents("leave", id);
    });
    afterAll(() => server.stop());

    test("a place is taken once, held by signs of life, and taken over only where it still stands", async () => {
      const [holder, , serial] = await beat("a");
      expect(holder).toBe("");
      expect((await beat("a", String(serial)))[0]).toBe("a");
      expect((await beat("b", String(serial)))[0]).toBe("a");
      const seen = (await beat("b"))[2];
      await beat("a");
      expect((await beat("b", String(seen)))[0]).toBe("a");
      const still = (await beat("b"))[2];
      expect((await beat("b", String(still)))[0]).toBe("b");
      expect((await beat("a"))[0]).toBe("b");
      expect((await beat("b"))[4]).toEqual(["a", "about a", expect.any(Number), "b", "about b", expect.any(Number)]);
    });

    test("who leaves is known to have left, and only the holder gives the place up", async () => {
      await take("a");
      await agents("leave", "b");
      expect((await beat("b")).slice(0, 2)).toEqual(["a", 0]);
      await agents("leave", "a");
      expect((await beat("b")).slice(0, 2)).toEqual(["", 1]);
      expect((await take("b")).slice(0, 2)).toEqual(["b", 0]);
    });

    test("only the holder tells, and a new one begins anew", async () => {
      await take("a");
      await beat("a", "", "all is well");
      await agents("hold", "a", "so much");
      await beat("b", "", "not true");
      await agents("hold", "b", "nothing");
      expect((await beat("b"))[3]).toBe("all is well");
      expect(await agents("held")).toBe("so much");
      await agents("leave", "a");
      await take("b");
      expect(await agents("held")).toBe("");
    });

    test("it works where the memory is full, and leaves nothing in the data", async () => {
      await server.plain("CONFIG", "SET", "maxmemory", "1");
      try {
        expect((await take("a"))[0]).toBe("a");
      } finally {
        await server.plain("CONFIG", "SET", "maxmemory", "0");
      }
      expect(await server.plain("DBSIZE")).toBe(0);
    });

    test("what no agent says is refused", async () => {
      const code = expect.stringContaining("MERIDIAN_BADAGENT");
      expect(await agents("beat")).toEqual({ err: code });
      expect(await agents("rule", "a")).toEqual({ err: code });
      expect(await agents("beat", "a", "x".repeat(2 ** 20 + 1))).toEqual({ err: code });
    });
  });
}
