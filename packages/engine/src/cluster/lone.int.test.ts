/** Slots where no cluster is given: one server that has them all, and a cluster that is started here. */
import { freePorts, hasCluster, tempDir, waitFor } from "@meridian/testkit";
import { CONTROL_SLOT, rootOfSlot, SLOTS, slotOfKey } from "@meridian/core";
import { expect, test } from "vitest";
import { startEngine, type Engine } from "../index.js";

const NAMES = { region: "us", regions: ["us", "eu"], partitions: "slots" } as const;
const SLOT = slotOfKey("key");

async function whenAllUp({ slots }: Engine): Promise<void> {
  await waitFor(() => slots?.upCount === SLOTS, { what: "all slots to be up", timeoutMs: 30_000 });
}

function stored(engine: Engine, slot: number, field: string): Promise<unknown> {
  return engine.slots!.command(slot, "HGET", rootOfSlot(slot), field);
}

test("one server has all slots, each with a partition of its own", async () => {
  const engine = await startEngine({ ...NAMES });
  try {
    const slots = engine.slots!;
    expect(slots.upCount).toBe(SLOTS);
    expect(slots.nodes).toHaveLength(1);
    await slots.call(SLOT, "SET", "key", "value");
    expect(await slots.command(SLOT, "GET", "key")).toBe("value");
    expect(await slots.command(SLOT, "EXISTS", `${rootOfSlot(SLOT)}:w`)).toBe(1);
    expect(await stored(engine, SLOT + 1, "origin")).toBeNull(); // no writer there yet
    expect((await slots.command(SLOT, "FCALL", "mer", "1", rootOfSlot(SLOT), "state")) as unknown[]).toContain("us");
    await expect(startEngine({ ...NAMES, root: "other:{0}" })).rejects.toThrow(/of no hash slot/);
  } finally {
    await engine.stop();
  }
});

test("every partition follows a changed list of members, also one that comes up later", async () => {
  const engine = await startEngine({ ...NAMES });
  try {
    const slots = engine.slots!;
    const [, revision] = (await engine.call("members", "0", "text", "us,eu,ap", "", "")) as [string, string];
    await slots.follow(await engine.call("members"));
    for (const slot of [0, SLOT, SLOTS - 1]) expect(await stored(engine, slot, "regions")).toBe("us,eu,ap");
    expect(await stored(engine, SLOT, "members")).toBeNull(); // the text is kept once
    expect(await stored(engine, SLOT, "origin")).toBeNull(); // and who is idle stays so
    await slots.follow(await engine.call("members")); // again: no effect

    // A list that was changed while the server was not seen, as by another agent that died on the way.
    const [, next] = (await engine.call("members", revision, "text", "us,eu,ap,sa", "eu", "")) as string[];
    engine.redis.disconnect(true);
    await waitFor(async () => (await stored(engine, SLOT, "revision")) === next, { what: "the list to be followed" });
    await slots.follow(await engine.call("members"));
    for (const slot of [0, SLOT, SLOTS - 1]) expect(await stored(engine, slot, "gone")).toBe("eu");
    expect(await stored(engine, CONTROL_SLOT, "members")).toBe("text");
  } finally {
    await engine.stop();
  }
});

test("starts a cluster, gets a killed node back, and finds all again on other ports", async ({ skip }) => {
  if (!(await hasCluster())) return skip("no native server on the PATH");
  const folder = tempDir();
  const start = async (): Promise<Engine> => {
    const ports = await freePorts(4);
    const nodes = [0, 1].map((at) => ({ port: ports.at(at)!, busPort: ports.at(at + 2)! }));
    return await startEngine({ ...NAMES, nodes, dataDir: folder.path });
  };
  let engine = await start();
  try {
    expect(engine.persistent).toBe(true);
    expect(engine.slots!.nodes).toHaveLength(2);
    const node = engine.slots!.nodeOf(SLOT)!;
    await engine.slots!.call(SLOT, "SET", "key", "value");
    await node.redis.call("SHUTDOWN", "SAVE").catch(() => undefined); // ends it in order, and nobody asked for it
    await waitFor(() => !engine.slots!.isUp(SLOT), { what: "its slots to be down" });
    await whenAllUp(engine);
    expect(await engine.slots!.command(SLOT, "GET", "key")).toBe("value");
    await engine.stop();
    engine = await start();
    await whenAllUp(engine);
    expect(await engine.slots!.command(SLOT, "GET", "key")).toBe("value");
  } finally {
    await engine.stop();
    folder.remove();
  }
});

test("says why a cluster can't be started", async () => {
  await expect(startEngine({ ...NAMES, nodes: 3, fallback: "wasm" })).rejects.toThrow(/native server/);
  await expect(startEngine({ ...NAMES, partitions: "whole", nodes: 3 })).rejects.toThrow(/partitions to slots/);
  await expect(startEngine({ ...NAMES, partitions: "whole", url: "cluster://127.0.0.1:1" })).rejects.toThrow(
    /hash slots/,
  );
});
