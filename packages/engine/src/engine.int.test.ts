/** The engine against real servers: start, crash, port in use, versions of the library, attaching. */
import { freePorts, spawnRedis, tempDir, waitFor, type TempDir } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test } from "vitest";
import { findServerBinary, startEngine, type Engine, type EngineOptions } from "./index.js";

/** The least that behaves like the library: `configure`, and a SET that logs. */
const CODE = `#!lua name=meridian
local function mer(keys, args)
  if args[1] == "configure" then
    redis.call("HSET", keys[1], "region", args[2], "regions", args[3])
    return redis.status_reply("OK")
  end
  if args[1] == "FAIL" then return redis.error_reply("MERIDIAN_TEST failed") end
  redis.call("SET", args[2], args[3])
  return redis.call("XADD", keys[1] .. ":log", "*", "e", args[2])
end
redis.register_function("mer", mer)
redis.register_function("mer_free", mer)
`;
const LIBRARY = { code: CODE, version: "0.2.0" };
const BASE: EngineOptions = { region: "a", regions: ["a", "b"], library: LIBRARY };

const open: { stop(): Promise<void> }[] = [];
const folders: TempDir[] = [];
const native = await findServerBinary();

beforeAll(() => {
  if (native === undefined) console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
});

afterEach(async () => {
  for (const item of open.splice(0)) await item.stop();
  for (const folder of folders.splice(0)) folder.remove();
});

async function start(options: Partial<EngineOptions> = {}): Promise<Engine> {
  const engine = await startEngine({ ...BASE, ...options });
  open.push(engine);
  return engine;
}

function folder(): string {
  const made = tempDir();
  folders.push(made);
  return made.path;
}

async function server(): Promise<NonNullable<Awaited<ReturnType<typeof spawnRedis>>>> {
  const spawned = await spawnRedis({ native: true });
  if (spawned === undefined) throw new Error("no native server");
  open.push(spawned);
  return spawned;
}

async function redisText(engine: Engine, ...command: [string, ...string[]]): Promise<string> {
  return String(await engine.redis.call(...command));
}

test.skipIf(native === undefined)("starts a server that keeps its data, and configures it", async () => {
  const dataDir = folder();
  const first = await start({ dataDir });
  expect(first).toMatchObject({
    kind: native?.kind,
    serverVersion: native?.version,
    persistent: true,
  });
  expect(await first.redis.hgetall("mer:{0}")).toEqual({ region: "a", regions: "a,b" });
  expect(await redisText(first, "CONFIG", "GET", "bind")).toBe("bind,127.0.0.1");
  expect(await first.findings()).toEqual([]);
  expect(await first.call("SET", "k", "v")).toMatch(/^\d+-\d+$/);
  await first.stop();
  expect(first.pid).toBeUndefined();
  await expect(first.call("SET", "k", "v")).rejects.toMatchObject({ code: "MERIDIAN_STOPPED" });
  const second = await start({ dataDir });
  expect(await second.redis.get("k")).toBe("v");
});

test.skipIf(native === undefined)("passes binary arguments and errors through unchanged", async () => {
  const engine = await start();
  const value = Buffer.from([0, 255, 13, 10]);
  expect(Buffer.isBuffer(await engine.callBuffer("SET", "k", value))).toBe(true);
  expect(await engine.redis.getBuffer("k")).toEqual(value);
  await expect(engine.call("FAIL")).rejects.toThrow(/^MERIDIAN_TEST failed$/);
});

test.skipIf(native === undefined)("starts a killed server again with data and library", async () => {
  const engine = await start({ dataDir: folder() });
  const events: string[] = [];
  for (const event of ["down", "restarted", "up"] as const) engine.on(event, () => events.push(event));
  await engine.call("SET", "k", "v");
  const pid = engine.pid ?? 0;
  const blocking = engine.duplicate();
  const blocked = blocking.call("XREAD", "BLOCK", "0", "STREAMS", "nothing", "$");
  const lost = expect(blocked).rejects.toThrow();
  // While the file is synced the server puts off writing to it, for up to 2 s.
  const isWritten = async (): Promise<boolean> =>
    (await engine.redis.info("persistence")).includes("aof_buffer_length:0\r\n");
  await waitFor(isWritten, { what: "the append-only file to be written" });
  process.kill(pid, "SIGKILL");
  await waitFor(() => events.includes("up"), { what: "the server to be up again" });
  await lost;
  expect(events).toEqual(["down", "restarted", "up"]);
  expect(engine.pid).not.toBe(pid);
  expect(await engine.redis.get("k")).toBe("v");
  expect(await engine.call("SET", "k", "w")).toMatch(/^\d+-\d+$/);
  expect(await blocking.get("k")).toBe("w");
});

test.skipIf(native === undefined)("rejects a command in flight at a crash, and sends it once", async () => {
  const engine = await start();
  process.kill(engine.pid ?? 0, "SIGSTOP");
  const pending = engine.call("SET", "k", "v");
  const lost = expect(pending).rejects.toMatchObject({ code: "MERIDIAN_SERVERDOWN" });
  process.kill(engine.pid ?? 0, "SIGKILL");
  await lost;
  await waitFor(() => engine.redis.get("k").then((value) => value === null), {
    what: "an answer",
  });
});

test.skipIf(native === undefined)("puts a library back that was deleted under it", async () => {
  const engine = await start();
  await engine.redis.call("FUNCTION", "FLUSH");
  expect(await engine.call("SET", "k", "v")).toMatch(/^\d+-\d+$/);
});

test("names a port in use and the remedy", async () => {
  const [port = 0] = await freePorts(1);
  await start({ port });
  await expect(startEngine({ ...BASE, port })).rejects.toMatchObject({
    code: "MERIDIAN_PORTINUSE",
    message: expect.stringMatching(new RegExp(`port ${port} .*--base-port`)) as string,
  });
});

test.skipIf(native === undefined)("gives a data folder to one server at a time", async () => {
  const dataDir = folder();
  await start({ dataDir });
  await expect(startEngine({ ...BASE, dataDir })).rejects.toMatchObject({
    code: "MERIDIAN_DATAINUSE",
    message: expect.stringContaining("--data") as string,
  });
});

test.skipIf(native === undefined)("upgrades an older library and refuses a newer one", async () => {
  const { url } = await server();
  const older = await start({ url });
  expect(older.kind).toBe("attached");
  const newer = await start({ url, library: { code: CODE, version: "0.10.0" } });
  expect(String(await newer.redis.call("FUNCTION", "LIST", "WITHCODE"))).toContain("meridian 0.10.0");
  await expect(startEngine({ ...BASE, url })).rejects.toMatchObject({
    code: "MERIDIAN_LIBRARYNEWER",
    message: expect.stringMatching(/0\.10\.0.*0\.2\.0/) as string,
  });
});

test.skipIf(native === undefined)("refuses a library of that name which is not ours", async () => {
  const spawned = await server();
  await spawned.client().call("FUNCTION", "LOAD", CODE);
  await expect(startEngine({ ...BASE, url: spawned.url })).rejects.toMatchObject({
    code: "MERIDIAN_LIBRARYFOREIGN",
  });
});

test.skipIf(native === undefined)("says what an attached server lacks", async () => {
  const spawned = await server();
  const admin = spawned.client();
  await admin.config("SET", "maxmemory-policy", "allkeys-lru");
  await admin.config("SET", "maxmemory", "100mb");
  const engine = await start({ url: spawned.url });
  expect(engine).toMatchObject({ persistent: false, port: spawned.port, pid: undefined });
  expect((await engine.findings()).map(({ code, severity }) => [code, severity])).toEqual([
    ["EVICTION", "error"],
    ["PERSISTENCE", "warning"],
  ]);
});

test.skipIf(native === undefined)("falls back to INFO where CONFIG is refused", async () => {
  const spawned = await server();
  const admin = spawned.client();
  await admin.config("SET", "maxmemory-policy", "volatile-ttl");
  await admin.call("ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all", "-config");
  const engine = await start({ url: `redis://app:secret@127.0.0.1:${spawned.port}` });
  const codes = (await engine.findings()).map(({ code }) => code);
  expect(codes).toEqual(["UNCHECKED", "EVICTION", "PERSISTENCE"]);
  await expect(startEngine({ ...BASE, url: `redis://app:wrong@127.0.0.1:${spawned.port}` })).rejects.toMatchObject({
    code: "MERIDIAN_UNREACHABLE",
    message: expect.stringContaining("WRONGPASS") as string,
  });
});

test.skipIf(native === undefined)("refuses a replica", async () => {
  const primary = await server();
  const replica = await server();
  await replica.client().replicaof("127.0.0.1", primary.port);
  await expect(startEngine({ ...BASE, url: replica.url })).rejects.toMatchObject({
    code: "MERIDIAN_REQUIREMENTS",
    message: expect.stringContaining(`127.0.0.1:${primary.port}`) as string,
  });
});

test.skipIf(native === undefined)("notices that an attached server was restarted", async () => {
  const spawned = await server();
  const engine = await start({ url: spawned.url });
  const events: string[] = [];
  for (const event of ["down", "restarted", "up"] as const) engine.on(event, () => events.push(event));
  await spawned.kill9();
  await waitFor(() => events.includes("down"), { what: "the loss to be noticed" });
  await spawned.restart();
  await waitFor(() => events.includes("up"), { what: "the connection to be back" });
  expect(events).toEqual(["down", "restarted", "up"]);
  expect(await engine.redis.hget("mer:{0}", "region")).toBe("a");
});

test("refuses options that cannot be meant", async () => {
  const cases: Partial<EngineOptions>[] = [
    { region: "c" },
    { regions: ["a", "a"] },
    { regions: ["a", "x,y"] },
    { port: 70_000 },
  ];
  for (const options of cases) {
    await expect(startEngine({ ...BASE, ...options })).rejects.toMatchObject({
      code: "MERIDIAN_BADOPTIONS",
    });
  }
  for (const url of ["redis://h/3", "http://h", "nonsense"]) {
    await expect(startEngine({ ...BASE, url })).rejects.toMatchObject({ code: "MERIDIAN_BADURL" });
  }
});
