/**
 * What operators see of regions whose partitions are hash slots, a cluster of three nodes beside one server: status, inspect,
 * conflicts, verify with repair, and the doctor.
 */
import type { ConflictsDocument, DoctorDocument, InspectDocument, VerifyDocument } from "@meridian/agent/api";
import { join } from "node:path";
import { rootOfSlot, SLOTS, slotOfKey } from "@meridian/core";
import { freePorts, hasCluster, spawnCluster, type SpawnedCluster, waitFor } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { isBuilt, meridian, newFolder } from "./local-start.js";
import { configOf, newServer, runConfigured, stopAgents, type RunningAgent } from "./running-agent.js";

const isPossible = await hasCluster();
if (!isPossible) console.warn("SKIPPED: a cluster needs valkey-server or redis-server on the PATH");

vi.setConfig({ testTimeout: 120_000 });

const PATIENCE_MS = 60_000;
let cluster: SpawnedCluster | undefined;
let lone: Redis;
let us: RunningAgent;
let eu: RunningAgent;
let admins: string[];

beforeAll(async () => {
  if (!isPossible) return;
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
  const links = await freePorts(2);
  cluster = await spawnCluster({ nodes: 3 });
  const server = await newServer();
  lone = server.client();
  us = await agentOf("us", links, cluster!.url);
  eu = await agentOf("eu", links, server.url);
  admins = [us, eu].flatMap(({ admin }) => ["--admin", admin]);
  await waitFor(async () => (await us.status()).links.every(({ state }) => state === "up"), {
    what: "the links",
    timeoutMs: PATIENCE_MS,
  });
}, 120_000);

afterAll(async () => {
  await stopAgents();
  await cluster?.stop();
});

async function agentOf(region: string, links: readonly number[], url: string): Promise<RunningAgent> {
  const [gateway = 0, admin = 0] = await freePorts(2);
  const config = `${configOf(region, links, { gateway, admin }, url)}partitions: slots\n`;
  return await runConfigured(region, { gateway, admin }, config);
}

/** The server of the region that has the key. */
async function serverOf(region: RunningAgent, key: string): Promise<Redis> {
  return region === eu ? lone : (await cluster!.ownerOf(slotOfKey(key))).redis;
}

/** As any language calls the function. */
async function write(region: RunningAgent, name: string, key: string, ...args: string[]): Promise<unknown> {
  const root = rootOfSlot(slotOfKey(key));
  return await (await serverOf(region, key)).call("FCALL", "mer", 1, root, name, key, ...args);
}

async function shows(region: RunningAgent, key: string, value: string): Promise<void> {
  const server = await serverOf(region, key);
  await waitFor(async () => (await server.get(key)) === value, {
    what: `${key} to be ${value}`,
    timeoutMs: PATIENCE_MS,
  });
}

async function asked<Document>(...args: string[]): Promise<[code: number | null, Document]> {
  const { code, stdout, stderr } = await meridian(...args, ...admins, "--json");
  expect(stderr).toBe("");
  return [code, JSON.parse(stdout) as Document];
}

/** Keys of which each node of the cluster has one at least. */
const KEYS = Array.from({ length: 12 }, (_, index) => `key:${index}`);

test.skipIf(!isPossible)("status and inspect: nodes, slots, and a key as each region has it", async () => {
  for (const key of KEYS) await write(us, "SET", key, "from us");
  for (const key of KEYS) await shows(eu, key, "from us");
  const [region] = (await us.status()).regions;
  expect(region?.slots?.nodes.map(({ up }) => up)).toEqual([true, true, true]);
  expect(region?.slots).toMatchObject({ count: SLOTS, up: SLOTS });
  expect(region?.slots?.nodes.reduce((sum, { slots }) => sum + slots, 0)).toBe(SLOTS);
  const shown = await meridian("status", "--base-port", new URL(us.admin).port);
  expect(shown.stdout).toMatch(/^us +127\.0\.0\.1:\d+ +up +\d+ +all 16384 slots up/m);

  const inspected = (await (await fetch(`${us.admin}/api/inspect?key=${KEYS[1]}`)).json()) as InspectDocument;
  expect(inspected.regions[0]).toMatchObject({ type: "string", ttlMs: -1, value: { content: "from us" } });
  expect(inspected.regions[0]?.metadata).toHaveProperty("string.registers.0.origin");
});

test.skipIf(!isPossible)("conflicts of all slots in one list", async () => {
  us.child.kill("SIGSTOP"); // neither region hears of the other
  for (const key of KEYS) await Promise.all([write(us, "SET", key, "one"), write(eu, "SET", key, "other")]);
  us.child.kill("SIGCONT");
  const listed = async (): Promise<ConflictsDocument> =>
    (await (await fetch(`${eu.admin}/api/conflicts`)).json()) as ConflictsDocument;
  await waitFor(async () => (await listed()).conflicts.length === KEYS.length, {
    what: "the conflicts",
    timeoutMs: PATIENCE_MS,
  });
  const { conflicts, counts, problems, whole } = await listed();
  expect([counts, problems, whole]).toEqual([{ eu: { string: KEYS.length } }, [], true]);
  expect(conflicts.map(({ key }) => key)).toEqual(KEYS.toSorted());
  expect(conflicts.every(({ losers, winner }) => losers.length === 1 && winner !== losers[0]?.value)).toBe(true);
});

test.skipIf(!isPossible)(
  "verify finds what was written past the function on a node, and a repair mends it",
  async () => {
    await (await serverOf(us, KEYS[0]!)).set(KEYS[0]!, "past the function");
    await (await serverOf(us, "stray")).set("stray", "new");
    const [code, document] = await asked<VerifyDocument>("verify");
    expect(document.differences.map(({ key, kind }) => `${String(key)} ${kind}`).toSorted()).toEqual([
      `${KEYS[0]} differs`,
      "stray differs",
    ]);
    expect(code).toBe(1);
    const [, doctor] = await asked<DoctorDocument>("doctor");
    expect(
      doctor.regions[0]?.findings.some(({ message }) => /^node 127\.0\.0\.1:\d+: appendonly is no/.test(message)),
    ).toBe(true);

    const save = join(newFolder(), "before.jsonl");
    const [repairedCode, repaired] = await asked<VerifyDocument>("verify", "--repair", "--from", "eu", "--save", save);
    expect(repaired.equal).toBe(true);
    expect(repairedCode).toBe(0);
    await shows(us, KEYS[0]!, String(await lone.get(KEYS[0]!)));
  },
);
