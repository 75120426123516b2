/** Each finding of the settings, provoked on a real server, and gone when its remedy is followed. */
import { findServerBinary } from "./server-binary.js";
import { spawnRedis, type SpawnedRedis } from "@meridian/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { examineSettings } from "./settings.js";

const WELL: Record<string, string> = {
  "aof-load-truncated": "no",
  appendonly: "yes",
  "client-output-buffer-limit": "normal 0 0 0",
  maxclients: "200",
  maxmemory: "1000mb",
  "no-appendfsync-on-rewrite": "no",
  save: "",
  timeout: "0",
};
const WANTED = { clientsMax: 200, logBytesMax: 100_000_000 };

const native = await findServerBinary();
if (native === undefined) console.warn("SKIPPED: no valkey-server or redis-server on the PATH");

let server: SpawnedRedis | undefined;
beforeAll(async () => {
  server = await spawnRedis({ aof: true });
});
afterAll(() => server?.stop());

test.skipIf(native === undefined).each([
  ["NOTHINGSAVED", "error", { appendonly: "no" }],
  ["TORNFILE", "warning", { "aof-load-truncated": "yes" }],
  ["REWRITE", "warning", { "no-appendfsync-on-rewrite": "yes" }],
  ["NOMAXMEMORY", "warning", { maxmemory: "0" }],
  ["LOGROOM", "warning", { maxmemory: "150mb" }],
  ["MAXCLIENTS", "warning", { maxclients: "199" }],
  ["TIMEOUT", "warning", { timeout: "30" }],
  ["BUFFERS", "warning", { "client-output-buffer-limit": "normal 1mb 0 0" }],
] as const)("%s is found, and nothing else", async (code, severity, wrong) => {
  const redis = server!.client();
  for (const [name, value] of Object.entries({ ...WELL, ...wrong })) await redis.config("SET", name, value);
  const found = await examineSettings(redis, WANTED);
  expect(found.map((finding) => [finding.code, finding.severity])).toEqual([[code, severity]]);
  expect(found[0]?.message).toContain(Object.keys(wrong)[0]);
  for (const [name, value] of Object.entries(WELL)) await redis.config("SET", name, value);
  expect(await examineSettings(redis, WANTED)).toEqual([]);
});
