/** Every command of the server is a write of the core, a read, or refused with a reason of its own. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { kinds, libraryCode, startServer, type TestServer } from "./support.js";

/** The reason of what nobody thought of. */
const UNKNOWN = "see docs/reference/semantics.md";
let server: TestServer;

beforeAll(async () => {
  server = await startServer(kinds[0] ?? "wasm", libraryCode());
  await server.call("configure", "us", "us,eu");
});
afterAll(() => server.stop());

function textOf(reply: unknown): string {
  return typeof reply === "object" && reply !== null && "err" in reply ? String(reply.err) : JSON.stringify(reply);
}

test("the reason is told by name", async () => {
  const names = ((await server.plain("COMMAND", "LIST")) as string[]).filter((name) => !name.includes("|"));
  const unknown: string[] = [];
  for (const name of names) if (textOf(await server.call(name)).includes(UNKNOWN)) unknown.push(name);
  expect(unknown).toEqual([]);
  expect(textOf(await server.call("NOSUCHCOMMAND"))).toContain(UNKNOWN);
});

test("with what to use instead", async () => {
  expect(textOf(await server.call("MOVE", "k", "1"))).toMatch(/^MERIDIAN_UNSUPPORTED 'MOVE' .*prefixes of key names/);
  expect(textOf(await server.call("migrate"))).toMatch(/^MERIDIAN_UNSUPPORTED 'migrate' .*DUMP and RESTORE/);
  expect(textOf(await server.call("PFDEBUG", "TODENSE", "k"))).toContain("the region's server itself");
  expect(textOf(await server.call("GET", "k"))).toContain("it only reads");
});
