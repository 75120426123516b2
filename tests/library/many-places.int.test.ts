/** GEOADD of more places than Lua's argument stack holds: all of them go in, in one step, or none. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kinds, startPair, type TestServer } from "./support.js";

const PLACES = 5000;

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let plain: TestServer;
    let region: TestServer;

    beforeAll(async () => {
      ({ plain, region } = await startPair(kind));
    });
    afterAll(() => Promise.all([plain.stop(), region.stop()]));

    const places = Array.from({ length: PLACES }, (_, at) => [`${at % 170}.5`, `${at % 80}.25`, `place ${at}`]).flat();

    test("the values are those of the server alone", async () => {
      const command = ["GEOADD", "geo", "CH", ...places];
      expect(await region.call(...command)).toEqual(await plain.plain(...command));
      const range = ["ZRANGE", "geo", "0", "-1", "WITHSCORES"];
      expect(await region.plain(...range)).toEqual(await plain.plain(...range));
    });

    test("where the last is no place, nothing goes in", async () => {
      const command = ["GEOADD", "none", ...places, "181", "0", "nowhere"];
      const reply = await region.call(...command);
      expect(reply).toEqual(await plain.plain(...command));
      expect(reply).toEqual({ err: expect.stringContaining("invalid longitude,latitude pair") });
      expect(await region.plain("EXISTS", "none")).toBe(0);
    });
  });
}
