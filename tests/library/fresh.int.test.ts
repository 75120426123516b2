/** Which partitions of a server got entries in their own logs, since an answer before. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rootOfSlot } from "@meridian/core";
import { kinds, libraryCode, startServer, type TestServer } from "./support.js";

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let server: TestServer;
    const roots = Array.from({ length: 40 }, (_, slot) => rootOfSlot(slot));
    const write = (root: string): Promise<unknown> => server.plain("FCALL", "mer", "1", root, "SET", `${root}key`, "x");
    const fresh = async (since = ""): Promise<{ next: string; named: string[] }> => {
      const [instance, serial, named] = (await server.plain("FCALL", "mer_fresh", "0", since)) as [
        string,
        string,
        string[],
      ];
      return { next: `${instance} ${serial}`, named };
    };

    beforeAll(async () => {
      server = await startServer(kind, libraryCode());
      for (const root of roots) await server.plain("FCALL", "mer", "1", root, "configure", "a", "a,b");
    });
    afterAll(() => server.stop());

    test("each is named once, however often it was written, and again after more", async () => {
      const { next: begin } = await fresh();
      for (let round = 0; round < 100; round++) await write(roots[round % 7]!);
      const first = await fresh(begin);
      expect(first.named.toSorted()).toEqual(roots.slice(0, 7).toSorted());
      expect((await fresh(first.next)).named).toEqual([]);
      await write(roots[6]!); // the latest one again
      const second = await fresh(first.next);
      expect(second.named).toEqual([roots[6]]);
      await server.plain("FCALL", "mer", "1", roots[9]!, "GET", "nothing");
      expect((await fresh(second.next)).named).toEqual([]);
      expect((await fresh(begin)).named.toSorted()).toEqual(roots.slice(0, 7).toSorted());
    });

    test("nothing is forgotten when what is kept is put in order; all are named to whoever does not know the instance", async () => {
      const { next: begin } = await fresh();
      for (let round = 0; round < 1500; round++) await write(roots[round % 40]!);
      expect((await fresh(begin)).named.toSorted()).toEqual(roots.toSorted());
      expect((await fresh("other 99")).named.toSorted()).toEqual(roots.toSorted());
    });
  });
}
