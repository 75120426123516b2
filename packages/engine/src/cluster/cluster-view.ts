/**
 * What a node of a cluster says of it, and what several say together.
 *
 * What a node says of its own slots counts most, for it knows first. Where two say that a slot is theirs, one of them was cut off
 * or has not heard yet: the one that finds the cluster well has it before the one that does not, then the one of the greater
 * configuration epoch, as the nodes themselves decide. Slots of a node that says nothing are taken from the others' words.
 */
import type { Redis } from "ioredis";
import { parseInfo } from "../info.js";
import type { Address } from "../address.js";
import { perSlot } from "./topology.js";

export interface SlotRange {
  readonly first: number;
  readonly last: number;
  /** Of its primary. */
  readonly id: string;
}

export interface ClusterView {
  /** Who says it. */
  readonly id: string;
  /** It takes commands. */
  readonly isWell: boolean;
  readonly epoch: number;
  readonly currentEpoch: number;
  readonly ranges: readonly SlotRange[];
  /** Of primaries that have slots. */
  readonly primaries: ReadonlyMap<string, Address>;
  /** Of all nodes that serve slots. */
  readonly addresses: readonly Address[];
}

/** Asks a node, in one go. */
export async function askView(redis: Redis, asked: Address): Promise<ClusterView> {
  const [id, info, slots] = await Promise.all([
    redis.call("CLUSTER", "MYID"),
    redis.call("CLUSTER", "INFO"),
    redis.call("CLUSTER", "SLOTS"),
  ]);
  return viewOf(String(id), String(info), slots, asked);
}

/** A node that does not know its own address says none: it is where it was asked. */
export function viewOf(id: string, infoText: string, slots: unknown, asked: Address): ClusterView {
  const info = parseInfo(infoText);
  const ranges: SlotRange[] = [];
  const primaries = new Map<string, Address>();
  const addresses = new Map<string, Address>();
  for (const [first, last, ...nodes] of slots as [number, number, ...NodeReply[]][]) {
    for (const [at, [host, port, nodeId]] of nodes.entries()) {
      const address = { ...asked, host: host === null || host === "" || host === "?" ? asked.host : host, port };
      addresses.set(nodeId, address);
      if (at > 0) continue;
      primaries.set(nodeId, address);
      ranges.push({ first, last, id: nodeId });
    }
  }
  return {
    id,
    isWell: info.get("cluster_state") === "ok",
    epoch: Number(info.get("cluster_my_epoch") ?? "0"),
    currentEpoch: Number(info.get("cluster_current_epoch") ?? "0"),
    ranges,
    primaries,
    addresses: [...addresses.values()],
  };
}

type NodeReply = [host: string | null, port: number, id: string];

/** The owner of each slot; undefined: nobody. */
export function ownersBy(views: readonly ClusterView[]): (string | undefined)[] {
  const owners = perSlot<string | undefined>(undefined);
  const strongest = [...views].sort((a, b) => Number(b.isWell) - Number(a.isWell) || b.epoch - a.epoch);
  for (const { id, ranges } of strongest) {
    for (const range of ranges) if (range.id === id) fill(owners, range);
  }
  const heard = new Set(views.map(({ id }) => id));
  const newest = [...views].sort((a, b) => Number(b.isWell) - Number(a.isWell) || b.currentEpoch - a.currentEpoch);
  for (const { ranges } of newest) {
    for (const range of ranges) if (!heard.has(range.id)) fill(owners, range);
  }
  return owners;
}

/** Where nobody has it yet. */
function fill(owners: (string | undefined)[], { first, last, id }: SlotRange): void {
  for (let slot = first; slot <= last; slot++) owners[slot] ??= id;
}
