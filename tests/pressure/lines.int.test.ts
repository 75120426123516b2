/** Bad lines: 1 Mbit/s, and a fifth of the packets lost. Connections stay, the agent's memory does, and all arrives once. */
import { findServerBinary } from "@meridian/engine";
import type { LinkView } from "@meridian/agent/api";
import { waitFor } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test } from "vitest";
import { isBuilt } from "../local-start.js";
import { newServer, type RunningAgent, stopAgents } from "../running-agent.js";
import { alarmsOf, hasAll, memoryOf, startPair, writeNoise } from "./pair.js";

const MEGABIT = 125_000;
const WRITTEN_BYTES = 120_000_000;
const VALUE_BYTES = 50_000;
/** What is under way to a peer and the newest part of the log, packed and not, and what no run of the garbage collector freed. */
const GROWTH_BYTES_MAX = 96 * 1024 * 1024;

const native = await findServerBinary();
if (native === undefined) console.warn("SKIPPED: much is written fast, which takes a native server");

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(stopAgents);

async function linkOf(agent: RunningAgent, seenBy: "sender" | "receiver"): Promise<LinkView | undefined> {
  return (await agent.status()).links.find((link) => link.seenBy === seenBy);
}

test.skipIf(native === undefined)(
  "a line of 1 Mbit/s: the backlog stays in the server's log, not in the agent",
  async () => {
    const { us, eu } = await startPair(await newServer(), await newServer(), { bytesPerSecond: MEGABIT });
    await hasAll(eu, await writeNoise(us, "before", 10, 1000));
    const upSinceMs = (await linkOf(us, "sender"))?.sinceMs;
    const before = memoryOf(us);
    await writeNoise(us, "noise", WRITTEN_BYTES / VALUE_BYTES, VALUE_BYTES);
    // Far behind, and the life signs come through all the same: four seconds without would end the link.
    await waitFor(async () => ((await linkOf(us, "sender"))?.operationsTotal ?? 0) > 20, {
      what: "a megabyte to be sent",
    });
    const link = await linkOf(us, "sender");
    expect(link?.backlogEntries).toBeGreaterThan(WRITTEN_BYTES / VALUE_BYTES / 2);
    expect(link?.roundTripMs).toBeLessThan(4000);
    expect(memoryOf(us) - before).toBeLessThan(GROWTH_BYTES_MAX);
    expect(await linkOf(us, "sender")).toMatchObject({ state: "up", lastError: null, sinceMs: upSinceMs });
  },
  100_000,
);

test.skipIf(native === undefined)(
  "a fifth of the packets lost: it is slow, but the link stays and nothing comes twice",
  async () => {
    const { us, eu } = await startPair(await newServer(), await newServer(), { lossRate: 0.2 });
    await hasAll(eu, await writeNoise(us, "before", 1, 100));
    const upSinceMs = (await linkOf(us, "sender"))?.sinceMs;
    await hasAll(eu, await writeNoise(us, "noise", 60, 4000));
    const [sent, received] = [await linkOf(us, "sender"), await linkOf(eu, "receiver")];
    expect(sent?.operationsTotal).toBeGreaterThan(0);
    expect(received?.operationsTotal).toBe(sent?.operationsTotal);
    expect(sent).toMatchObject({ state: "up", sinceMs: upSinceMs });
    expect(await alarmsOf(eu)).toEqual([]);
  },
  60_000,
);
