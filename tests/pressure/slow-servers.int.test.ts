/** Servers that are slow: one whose disk is, and one that has little of the time. Nothing is lost, and memory stays what it was. */
import { setTimeout as delay } from "node:timers/promises";
import { waitFor } from "@meridian/testkit";
import { afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import { isBuilt } from "../local-start.js";
import { BadMachine } from "../preload/bad-machine.js";
import { newServer, type RunningAgent, stopAgents } from "../running-agent.js";
import { hasAll, memoryOf, startPair, writeNoise, writeValues } from "./pair.js";

const SYNC_MS = 3000;
/** Of an AOF with "everysec", by our own careful count: see durability.ts. */
const USUAL_UNSYNCED_MS_MAX = 7000;
const WRITTEN_BYTES = 150_000_000;
const VALUE_BYTES = 50_000;
/** Less than is written: what serves clients grows by some tens of megabytes as well. */
const GROWTH_BYTES_MAX = 120 * 1024 * 1024;

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(stopAgents);

async function unsyncedMs(agent: RunningAgent): Promise<number> {
  return (await agent.status()).regions[0]?.logs?.unsyncedMs ?? 0;
}

test("a disk that syncs slowly holds up nobody, and how far it is behind is seen", async ({ skip }) => {
  const machine = BadMachine.build();
  if (machine === undefined) return skip();
  onTestFinished(() => machine.remove());
  const euServer = await machine.server();
  if (euServer === undefined) return skip();
  onTestFinished(() => euServer.stop());
  const { us, eu } = await startPair(await newServer(), euServer);
  await hasAll(eu, await writeValues(us, "before", 1, 100));

  machine.slowDisk(SYNC_MS);
  let number = 0;
  const waits = async (): Promise<boolean> => {
    await hasAll(eu, await writeValues(us, `while:${number++}`, 1, 100));
    return (await unsyncedMs(eu)) > USUAL_UNSYNCED_MS_MAX;
  };
  await waitFor(waits, { what: "what was written to wait for the disk", timeoutMs: 20_000, intervalMs: 100 });
  machine.slowDisk(0);
  await waitFor(async () => (await unsyncedMs(eu)) === 0, { what: "the disk to have it all", timeoutMs: 20_000 });
}, 90_000);

test("a receiver that is far slower than the sender: what it has not applied waits in the sender's log", async () => {
  const euServer = await newServer();
  const { us, eu } = await startPair(await newServer(), euServer);
  await hasAll(eu, await writeNoise(us, "before", 10, 1000));
  const before = [memoryOf(us), memoryOf(eu)] as const;
  const slow = slowed(euServer.pid);
  const keys = await writeNoise(us, "noise", WRITTEN_BYTES / VALUE_BYTES, VALUE_BYTES);
  const link = (await us.status()).links.find(({ seenBy }) => seenBy === "sender");
  const growth = [memoryOf(us) - before[0], memoryOf(eu) - before[1]] as const;
  await slow.stop();
  expect(link?.backlogEntries, "it was behind").toBeGreaterThan(0);
  for (const bytes of growth) expect(bytes).toBeLessThan(GROWTH_BYTES_MAX);
  await hasAll(eu, keys);
}, 90_000);

/** Gives a process a thirtieth of the time. */
function slowed(pid: number): { stop(): Promise<void> } {
  let isStopping = false;
  const work = async (): Promise<void> => {
    while (!isStopping) {
      process.kill(pid, "SIGSTOP");
      await delay(145);
      process.kill(pid, "SIGCONT");
      await delay(5);
    }
  };
  const done = work();
  return {
    stop: async () => {
      isStopping = true;
      await done;
    },
  };
}
