/**
 * Moves slots from node to node as operators do: key by key, while clients go on. At every moment one of the two has the
 * slot, and says of a key that went ahead where it is.
 */
import type { ClusterNode } from "./spawn-cluster.js";
import { limits } from "../limits.js";
import { waitFor } from "../wait-for.js";

export async function moveSlots(
  from: ClusterNode,
  to: ClusterNode,
  slots: readonly number[],
  primaries: readonly ClusterNode[],
): Promise<void> {
  const others = primaries.filter((node) => node !== from && node !== to);
  for (const slot of slots) {
    await beginMove(from, to, slot);
    await moveKeys(from, to, slot);
    await endMove(to, slot, [to, from, ...others]);
  }
  await allKnowTheEpoch(primaries);
}

/**
 * A node that takes a slot over counts its epoch up unless it has the highest that it knows of. Who moved a slot back before all
 * have heard of the last count, would have it at an epoch that is too low, and in the end nobody would have the slot.
 */
async function allKnowTheEpoch(nodes: readonly ClusterNode[]): Promise<void> {
  const isKnown = async (): Promise<boolean> => {
    const epochs = nodes.map(async ({ redis }) => /cluster_current_epoch:(\d+)/.exec(await redis.cluster("INFO"))?.[1]);
    return new Set(await Promise.all(epochs)).size === 1;
  };
  await waitFor(isKnown, { what: "all nodes to know of the move", timeoutMs: limits.clusterWaitMs });
}

/** The slot is between the two from now on. */
export async function beginMove(from: ClusterNode, to: ClusterNode, slot: number): Promise<void> {
  await to.redis.call("CLUSTER", "SETSLOT", slot, "IMPORTING", from.id);
  await from.redis.call("CLUSTER", "SETSLOT", slot, "MIGRATING", to.id);
}

async function moveKeys(from: ClusterNode, to: ClusterNode, slot: number): Promise<void> {
  for (;;) {
    const keys = await from.redis.callBuffer("CLUSTER", "GETKEYSINSLOT", slot, limits.migrateKeys);
    if (!Array.isArray(keys) || keys.length === 0) return;
    const target = ["127.0.0.1", to.port, "", 0, limits.migrateMs] as const;
    await from.redis.call("MIGRATE", ...target, "KEYS", ...(keys as Buffer[]));
  }
}

/** The new owner first: who asks the old one until it knows is sent on by ASK. */
async function endMove(to: ClusterNode, slot: number, nodes: readonly ClusterNode[]): Promise<void> {
  for (const { redis } of nodes) await redis.call("CLUSTER", "SETSLOT", slot, "NODE", to.id);
}
