/**
 * A slot that came to a node whose power failed before all of it was on the disk: what is left is no state that ever was, some keys
 * of the slot and not the others. Another region's state takes its place.
 */
import { readdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { slotOfKey } from "@meridian/core";
import { hasCluster, spawnCluster, waitFor, type ClusterNode, type SpawnedCluster } from "@meridian/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Regions, type Region } from "../test-support/regions.js";

const canRun = await hasCluster();
if (!canRun) console.log("skipped: a slot torn by a power cut, for there is no native server on the PATH");

const KEYS = Array.from({ length: 60 }, (_, at) => `{cart} ${at}`);
const SLOT = slotOfKey(KEYS.at(0)!);

describe.runIf(canRun)("a slot that was torn", () => {
  let cluster: SpawnedCluster;
  let regions: Regions;
  let a: Region;
  let b: Region;

  beforeAll(async () => {
    cluster = (await spawnCluster({ nodes: 2, aof: true, nodeTimeoutMs: 10_000 }))!;
    regions = await Regions.start(["a", "b"], (name) => ({
      partitions: "slots",
      ...(name === "a" ? { url: cluster.url } : {}),
    }));
    [a, b] = regions.all as [Region, Region];
    await regions.linksUp();
  }, 60_000);
  afterAll(async () => {
    await regions?.stop();
    await cluster?.stop();
  });

  test("has another region's state after a crash, and all that was written meanwhile", async () => {
    for (const key of KEYS) for (const region of [a, b]) await region.engine.slots!.call(SLOT, "INCR", key);
    await shown([a, b], "2");
    const from = await cluster.ownerOf(SLOT);
    const to = cluster.nodes.find((node) => node !== from)!;
    const before = endOf(to);
    await cluster.moveSlots(from, to, [SLOT]);
    const end = endOf(to);
    await waitFor(() => a.engine.slots!.nodeOf(SLOT)?.address.port === to.port && a.engine.slots!.isUp(SLOT), {
      what: "the agent to know where the slot is",
    });
    await cluster.kill(to);
    truncateSync(fileOf(to), before + Math.floor((end - before) / 2));
    await cluster.restart(to);
    await Promise.all(KEYS.map((key) => b.engine.slots!.call(SLOT, "INCR", key)));
    await shown([a, b], "3");
    await Promise.all(KEYS.map((key) => a.engine.slots!.call(SLOT, "INCR", key)));
    await shown([a, b], "4");
  }, 60_000);
});

async function shown(all: readonly Region[], value: string): Promise<void> {
  const values = () =>
    Promise.all(all.map(({ engine }) => Promise.all(KEYS.map((key) => engine.slots!.command(SLOT, "GET", key)))));
  const wanted = KEYS.map(() => value);
  const isShown = async (): Promise<boolean> => (await values()).every((shown) => shown.every((one) => one === value));
  await waitFor(isShown, { what: `every key to be ${value}`, timeoutMs: 20_000, intervalMs: 100 }).catch(async () =>
    expect(await values()).toEqual(all.map(() => wanted)),
  );
}

function endOf(node: ClusterNode): number {
  return statSync(fileOf(node)).size;
}

function fileOf({ dataDir }: ClusterNode): string {
  const folder = join(dataDir, "appendonlydir");
  return join(
    folder,
    readdirSync(folder).find((name) => name.endsWith(".incr.aof"))!,
  );
}
