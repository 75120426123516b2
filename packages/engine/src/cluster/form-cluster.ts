/**
 * Makes one cluster of nodes that were started on this machine, or finds it again: nodes keep in `nodes.conf` whom they know and
 * which slots they have.
 *
 * Each step is done only where it is still to do, so a forming that was cut short is ended by the next one.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { SLOTS } from "@meridian/core";
import { EngineError, textOf } from "../errors.js";
import { parseInfo } from "../info.js";
import { limits } from "../limits.js";

export interface FormingNode {
  readonly port: number;
  readonly busPort: number;
  readonly redis: Redis;
}

/** `replicas[i]` becomes one of `primaries[i % primaries.length]`. Resolves when every node says that the cluster is well. */
export async function formCluster(primaries: readonly FormingNode[], replicas: readonly FormingNode[]): Promise<void> {
  const all = [...primaries, ...replicas];
  await assignSlots(primaries);
  await meet(all);
  await settled(
    "the nodes to know each other",
    all,
    async ({ redis }) => (await clusterInfo(redis)).known === all.length,
  );
  const ids = await Promise.all(primaries.map(({ redis }) => nodeId(redis)));
  await Promise.all(replicas.map(({ redis }, at) => replicate(redis, ids[at % ids.length]!)));
  await settled("cluster_state:ok", all, async ({ redis }) => (await clusterInfo(redis)).isWell);
  await settled("replicas to have a copy", replicas, async ({ redis }) =>
    (await redis.info("replication")).includes("master_link_status:up"),
  );
}

export async function nodeId(redis: Redis): Promise<string> {
  return String(await redis.call("CLUSTER", "MYID"));
}

export async function clusterInfo(redis: Redis): Promise<{ isWell: boolean; known: number; assigned: number }> {
  const info = parseInfo(String(await redis.call("CLUSTER", "INFO")));
  return {
    isWell: info.get("cluster_state") === "ok",
    known: Number(info.get("cluster_known_nodes")),
    assigned: Number(info.get("cluster_slots_assigned")),
  };
}

/** Evenly, where a node has none and some belong to nobody. */
async function assignSlots(primaries: readonly FormingNode[]): Promise<void> {
  for (const [at, { redis }] of primaries.entries()) {
    if ((await clusterInfo(redis)).assigned === SLOTS || (await hasSlots(redis))) continue;
    const first = Math.ceil((at * SLOTS) / primaries.length);
    const last = Math.ceil(((at + 1) * SLOTS) / primaries.length) - 1;
    // refused where it knows others, or has an epoch, already: these settle epochs among themselves
    await redis.call("CLUSTER", "SET-CONFIG-EPOCH", at + 1).catch(() => undefined);
    await redis.call("CLUSTER", "ADDSLOTSRANGE", first, last);
  }
}

async function hasSlots(redis: Redis): Promise<boolean> {
  const id = await nodeId(redis);
  const ranges = (await redis.call("CLUSTER", "SLOTS")) as [number, number, [string, number, string]][];
  return ranges.some(([, , [, , owner]]) => owner === id);
}

/** Also where they know each other: they may be at other addresses than before. */
async function meet([first, ...others]: readonly FormingNode[]): Promise<void> {
  for (const { port, busPort } of others) await first?.redis.call("CLUSTER", "MEET", "127.0.0.1", port, busPort);
}

async function replicate(redis: Redis, primary: string): Promise<void> {
  const role: unknown = await redis.call("ROLE");
  if (Array.isArray(role) && role[0] === "slave") return;
  const deadline = performance.now() + limits.formMsMax;
  for (;;) {
    try {
      await redis.call("CLUSTER", "REPLICATE", primary);
      return;
    } catch (error) {
      // "Unknown node": it has not heard of that one yet
      if (performance.now() > deadline) throw failed("CLUSTER REPLICATE to be taken", textOf(error));
    }
    await delay(limits.probeIntervalMs);
  }
}

async function settled(
  what: string,
  nodes: readonly FormingNode[],
  isSettled: (node: FormingNode) => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + limits.formMsMax;
  for (const node of nodes) {
    while (!(await isSettled(node).catch(() => false))) {
      if (performance.now() > deadline) throw failed(what, `the node on port ${node.port} is not there yet`);
      await delay(limits.probeIntervalMs);
    }
  }
}

function failed(what: string, reason: string): EngineError {
  return new EngineError("MERIDIAN_CLUSTERFORM", { what, seconds: limits.formMsMax / 1000, reason });
}
