/**
 * Servers that are full: of memory, and of what is on their disk. What waits, waits in the logs; the alarm names the cause; and
 * once there is room all regions are equal, with nothing done by hand.
 */
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnRedis, type SpawnedRedis, tempDir } from "@meridian/testkit";
import { afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import { isBuilt } from "../local-start.js";
import { newServer, stopAgents } from "../running-agent.js";
import { hasAll, raises, startPair, writeValues } from "./pair.js";

const VALUE_BYTES = 10_000;
const DISK_BYTES = 8 * 1024 * 1024;

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(stopAgents);

test("a receiver whose memory is full takes nothing, says so, and has all when there is room", async () => {
  const [usServer, euServer] = [await newServer(), await newServer()];
  const { us, eu } = await startPair(usServer, euServer);
  const before = await writeValues(us, "before", 20, VALUE_BYTES);
  await hasAll(eu, before);
  const server = euServer.client();
  await server.config("SET", "maxmemory", "1");
  const keys = await writeValues(us, "k", 100, VALUE_BYTES);
  await raises(eu, "REPLICA_SERVER_FULL");
  await expect(eu.gateway.set("own", "1")).rejects.toThrow(/^OOM /);
  expect(await us.gateway.exists(...keys)).toBe(keys.length);

  await server.config("SET", "maxmemory", "0");
  await hasAll(eu, keys);
}, 60_000);

test("deletes make room in a full region, there and in what comes from others", async () => {
  const [usServer, euServer] = [await newServer(), await newServer()];
  const { us, eu } = await startPair(usServer, euServer);
  const old = await writeValues(us, "old", 200, VALUE_BYTES);
  await hasAll(eu, old);
  const server = euServer.client();
  const [, used] = /used_memory:(\d+)/.exec(await server.info("memory")) ?? [];
  await server.config("SET", "maxmemory", String(Number(used) - (old.length * VALUE_BYTES) / 2));
  const fresh = await writeValues(us, "fresh", 20, VALUE_BYTES);
  await raises(eu, "REPLICA_SERVER_FULL");
  await expect(eu.gateway.set("own", "1")).rejects.toThrow(/^OOM /);
  expect(await eu.gateway.del(...old)).toBe(old.length);
  await hasAll(eu, fresh);
  expect(await eu.gateway.set("own", "1")).toBe("OK");
  await hasAll(us, ["own"]);
  expect(await us.gateway.exists(...old), "the deletes came through a full server").toBe(0);
}, 60_000);

/** A disk of its own for a server: a file system in memory, which only root may make. */
function smallDisk(): string | undefined {
  const folder = tempDir("meridian-disk-");
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", folder.path], { stdio: "ignore" });
  } catch {
    console.warn("SKIPPED: a small disk to fill needs root, and a system that has tmpfs");
    return undefined;
  }
  onTestFinished(() => {
    execFileSync("umount", ["-l", folder.path], { stdio: "ignore" });
    folder.remove();
  });
  return folder.path;
}

async function serverOn(dataDir: string): Promise<SpawnedRedis | undefined> {
  const server = await spawnRedis({ aof: true, dataDir });
  if (server === undefined) console.warn("SKIPPED: an append-only file needs a native server");
  else onTestFinished(() => server.stop());
  return server;
}

test("a server whose disk is full refuses, says so, and loses nothing", async ({ skip }) => {
  const disk = smallDisk();
  const euServer = disk === undefined ? undefined : await serverOn(disk);
  if (disk === undefined || euServer === undefined) return skip();
  const { us, eu } = await startPair(await newServer(), euServer);
  const before = await writeValues(us, "before", 5, VALUE_BYTES);
  await hasAll(eu, before);
  const filler = join(disk, "filler");
  expect(() => writeFileSync(filler, Buffer.alloc(DISK_BYTES))).toThrow(/ENOSPC/);
  const keys = await writeValues(us, "k", 50, VALUE_BYTES);
  await raises(eu, "REPLICA_DISK_FAILED");
  await expect(eu.gateway.set("own", "1")).rejects.toThrow(/^MISCONF /);

  rmSync(filler);
  await hasAll(eu, keys);
  await euServer.kill9();
  await euServer.restart();
  await hasAll(eu, [...before, ...keys]);
}, 90_000);
