/** The built library: it loads, says who it is, answers, and an error in it is traced to its TypeScript. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FORMAT_VERSION } from "@meridian/core";
import { explainError, readLibrary } from "@meridian/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildLibrary } from "../../packages/core/build-library.mjs";
import { bundleCode, BUNDLE_MAP } from "./bundle/build.js";
import { kinds, LIBRARY, libraryCode, ROOT, startServer, type TestServer } from "./support.js";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const code = libraryCode();

/** The source line that a text like `packages/core/src/a.ts:12` names. */
function sourceLine(text: unknown): string {
  const [, path = "", line = ""] = /((?:packages|tests)\/[\w./-]+\.ts):(\d+)/.exec(String(text)) ?? [];
  return readFileSync(repository + path, "utf8").split("\n")[Number(line) - 1] ?? "";
}

test("says its version and the digest of its code", async () => {
  const { version } = JSON.parse(readFileSync(`${repository}packages/core/package.json`, "utf8")) as {
    version: string;
  };
  const [shebang = "", header = "", ...rest] = code.split("\n");
  const digest = createHash("sha1").update(rest.join("\n")).digest("hex");
  expect([shebang, header]).toEqual(["#!lua name=meridian", `-- meridian ${version} ${digest}`]);
  expect((await readLibrary(LIBRARY)).version).toBe(version);
});

test("is not built anew where nothing changed", () => {
  expect(buildLibrary()).toBe(false);
});

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    let server: TestServer;

    beforeAll(async () => {
      server = await startServer(kind, code);
    });
    afterAll(() => server.stop());

    test("registers its function", async () => {
      const list = JSON.stringify(await server.plain("FUNCTION", "LIST", "LIBRARYNAME", "meridian"));
      expect(list).toContain('"mer"');
    });

    test("refuses what is not set up, without a trace", async () => {
      expect(await server.call("SET", "k", "v")).toEqual({
        err: expect.stringMatching(/^MERIDIAN_NOTCONFIGURED /) as string,
      });
      expect(await server.plain("FCALL", "mer", "0", "SET")).toEqual({
        err: expect.stringMatching(/^MERIDIAN_NOROOT /) as string,
      });
      expect(await server.plain("DBSIZE")).toBe(0);
    });

    test("answers", async () => {
      expect(await server.call("configure", "us", "us,eu")).toBe("OK");
      expect(await server.call("SET", "k", "\0\xff\r\n")).toBe("OK");
      expect(await server.plain("GET", "k")).toBe("\0\xff\r\n");
      expect(await server.call("GETDEL", "none")).toBe(false);
      expect(await server.call("INCR", "k")).toEqual({ err: "ERR value is not an integer or out of range" });
      expect(await server.call("pipeline", "2", "INCR", "n", "2", "INCR", "k", "2", "INCR", "n")).toEqual([
        1,
        { err: "ERR value is not an integer or out of range" },
        2,
      ]);
      const state = (await server.call("state")) as unknown[];
      expect(state.slice(0, 2)).toEqual([FORMAT_VERSION, "us"]);
      const json = await server.call("inspect", "n");
      expect(JSON.parse(json as string)).toMatchObject({ key: "n", type: "string" });
    });

    test("on a full server, what frees memory still works", async () => {
      const free = (...command: string[]): Promise<unknown> => server.plain("FCALL", "mer_free", "1", ROOT, ...command);
      await server.plain("CONFIG", "SET", "maxmemory", "1");
      const full = { err: expect.stringMatching(/^OOM /) as string };
      expect(await server.call("SET", "j", "v")).toEqual(full);
      expect(await server.call("DEL", "k")).toEqual(full);
      expect(await free("SET", "j", "v")).toEqual({ err: expect.stringMatching(/^MERIDIAN_NOTFREEING /) as string });
      expect(await free("state")).toHaveLength(6);
      expect(await free("del", "k")).toBe(1);
      await server.plain("CONFIG", "SET", "maxmemory", "0");
      expect(await server.plain("EXISTS", "k")).toBe(0);
    });

    test("a failed command within is traced to its source", async () => {
      // Damage: where the metadata of the key should be a hash, a string.
      const bucket = createHash("sha1").update("damaged").digest("hex").slice(0, 4);
      await server.plain("SET", `${ROOT}:m:${bucket}`, "x");
      const reply = (await server.call("SET", "damaged", "v")) as { err: string };
      expect(reply.err).toContain("WRONGTYPE");
      const explained = explainError(reply.err, `${LIBRARY}.map`);
      expect(sourceLine(explained)).toContain('host.call("HGET"');
    });
  });

  test(`a planted error is traced to its source, on ${kind}`, async () => {
    const server = await startServer(kind, bundleCode());
    try {
      const own = (await server.plain("FCALL", "probe", "0", "planted")) as { err: string };
      expect(explainError(own.err, BUNDLE_MAP), own.err).toContain("tests/library/bundle/main.ts:");
      expect(sourceLine(explainError(own.err, BUNDLE_MAP)), own.err).toContain("nothing.here.there");
      const core = (await server.plain("FCALL", "probe", "0", "plantedInCore")) as { err: string };
      expect(explainError(core.err, BUNDLE_MAP)).toContain("packages/core/src/number/decimal.ts:");
      expect(sourceLine(explainError(core.err, BUNDLE_MAP)), core.err).toContain("length");
    } finally {
      await server.stop();
    }
  });
}
