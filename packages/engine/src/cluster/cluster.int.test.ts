/** An engine on a real cluster: every slot usable, and calls that go on while nodes fail over, slots move, and nodes are lost. */
import { spawnCluster, waitFor, type ClusterNode, type SpawnedCluster } from "@meridian/testkit";
import { CONTROL_SLOT, rootOfSlot, SLOTS, slotOfKey } from "@meridian/core";
import { afterAll, beforeAll, describe, expect, test, type TestContext } from "vitest";
import { startEngine, type Engine } from "../index.js";
import type { RegionSlots } from "./region-slots.js";

const KEYS = Array.from({ length: 24 }, (_, index) => `counter:${index}`);
const PATIENCE = { timeoutMs: 30_000 };

let cluster: SpawnedCluster | undefined;
let engine: Engine;
let slots: RegionSlots;

beforeAll(async () => {
  cluster = await spawnCluster({ nodes: 3, replicas: 1 });
  if (cluster === undefined) return;
  engine = await startEngine({ region: "us", regions: ["us", "eu"], url: cluster.url });
  slots = engine.slots as RegionSlots;
}, 60_000);

afterAll(async () => {
  await engine?.stop();
  await cluster?.stop();
});

/** Without a native server there is no cluster. */
function given(skip: TestContext["skip"]): SpawnedCluster {
  return cluster ?? skip("no native server on the PATH");
}

function allUp(): Promise<unknown> {
  return waitFor(() => slots.upCount === SLOTS, { what: "all slots to be up", ...PATIENCE });
}

/** Increments all keys again and again until told to stop; one call a key at a time. */
class Writers {
  private isOver = false;
  /** By key: how many were confirmed, and of how many nobody knows. */
  readonly confirmed = new Map<string, number>();
  readonly unknown = new Map<string, number>();
  readonly errors: unknown[] = [];
  private readonly running = KEYS.map((key) => this.write(key));

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.running);
  }

  get total(): number {
    return [...this.confirmed.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Until each key was incremented again. */
  async more(): Promise<void> {
    const before = new Map(this.confirmed);
    const hasMore = (key: string): boolean => (this.confirmed.get(key) ?? 0) > (before.get(key) ?? 0) + 1;
    await waitFor(() => KEYS.every(hasMore), { what: "every counter to go on", ...PATIENCE });
  }

  private async write(key: string): Promise<void> {
    while (!this.isOver) {
      try {
        await slots.call(slotOfKey(key), "INCR", key);
        add(this.confirmed, key);
      } catch (error) {
        if ((error as { code?: string }).code === "MERIDIAN_SERVERDOWN") add(this.unknown, key);
        else this.errors.push(error);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

async function values(): Promise<Map<string, number>> {
  const read = async (key: string) => [key, Number(await slots.command(slotOfKey(key), "GET", key))] as const;
  return new Map(await Promise.all(KEYS.map(read)));
}

async function clear(): Promise<void> {
  await Promise.all(KEYS.map((key) => slots.call(slotOfKey(key), "DEL", key)));
}

function nodeAt(from: SpawnedCluster, port: number | undefined): ClusterNode {
  return from.nodes.find((node) => node.port === port)!;
}

describe.sequential("an engine on a cluster", () => {
  test("has every slot up, each a partition of its own", async ({ skip }) => {
    given(skip);
    expect(slots.upCount).toBe(SLOTS);
    expect(slots.nodes.map(({ slots: own }) => own.length).sort((a, b) => a - b)).toEqual([5461, 5461, 5462]);
    expect(engine.kind).toBe("attached");
    expect(engine.port).toBe(slots.nodeOf(CONTROL_SLOT)?.address.port);
    for (const key of KEYS) expect(await slots.call(slotOfKey(key), "SET", key, "0")).toBe("OK");
    const state = (await slots.call(slotOfKey(KEYS.at(0)!), "state")) as unknown[];
    expect(state[1]).toBe("us");
    const other = slotOfKey(KEYS.at(1)!);
    expect(await slots.command(other, "HGET", rootOfSlot(other), "region")).toBe("us");
    expect((await engine.findings()).filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("loses and doubles nothing while slots move, also to a node that is new", async ({ skip }) => {
    const own = given(skip);
    await clear();
    const writers = new Writers();
    await writers.more();
    const added = await own.addNode();
    const moving = [...new Set(KEYS.slice(0, 12).map((key) => slotOfKey(key)))];
    const from = moving.map((slot) => nodeAt(own, slots.nodeOf(slot)?.address.port));
    for (const [at, slot] of moving.entries()) await own.moveSlots(from.at(at)!, added, [slot]);
    await writers.more();
    await allUp();
    for (const slot of moving) expect(slots.nodeOf(slot)?.address.port).toBe(added.port);
    for (const [at, slot] of moving.entries()) if (at % 2 === 0) await own.moveSlots(added, from.at(at)!, [slot]);
    await writers.more();
    await writers.stop();
    await allUp();
    expect(writers.errors).toEqual([]);
    expect(writers.unknown).toEqual(new Map());
    expect(await values()).toEqual(writers.confirmed);
  });

  test("goes on behind a failover, and nothing is done twice", async ({ skip }) => {
    const own = given(skip);
    await clear();
    const writers = new Writers();
    await writers.more();
    const control = engine.port;
    const replica = own.nodes.find((_, at, nodes) => at === 3 + nodes.findIndex(({ port }) => port === control))!;
    await own.failover(replica); // its primary stops taking writes first, so none is lost
    await writers.more();
    await writers.stop();
    await allUp();
    expect(slots.nodeOf(CONTROL_SLOT)?.address.port).toBe(replica.port);
    await waitFor(() => engine.port === replica.port, { what: "the engine to follow the control slot" });
    expect(await engine.call("members")).toEqual(["0", "", "us,eu", "", ""]);
    expect(writers.errors).toEqual([]);
    for (const [key, value] of await values()) {
      const confirmed = writers.confirmed.get(key)!;
      expect(value, key).toBeGreaterThanOrEqual(confirmed);
      expect(value, key).toBeLessThanOrEqual(confirmed + (writers.unknown.get(key) ?? 0));
    }
  });

  test("tells that the slots of a lost node are down, and brings them up as another origin", async ({ skip }) => {
    const own = given(skip);
    const key = KEYS.at(0)!;
    const slot = slotOfKey(key);
    const node = nodeAt(own, slots.nodeOf(slot)?.address.port);
    const down: number[] = [];
    const onDown = (lost: readonly number[]): void => void down.push(...lost);
    slots.on("down", onDown);
    const origin = async (): Promise<unknown> => ((await slots.call(slot, "state")) as unknown[])[2];
    const before = await origin();
    await own.kill(node);
    await waitFor(() => down.includes(slot), { what: "its slots to be down" });
    await own.restart(node);
    await allUp();
    slots.off("down", onDown);
    expect(await origin()).not.toBe(before);
  });
});
