/** What an operator sees of a region whose partitions are hash slots: sums over the open ones. */
import { SLOTS } from "@meridian/core";
import { type Holding, incomingOf, linkOf, type LinkStatus, type ReplicationStatus } from "../adapter/status.js";
import type { StateSyncStatus } from "../adapter/state-import.js";
import { msOfStamp } from "../stamps.js";
import type { Retention } from "../trimmer.js";
import { stampIn, type Vector, WHOLE } from "../vector.js";
import type { SlotMachine } from "./slot-machine.js";
import type { SlotsDriver } from "./slots-driver.js";

export function slotsStatusOf(driver: SlotsDriver, region: string, peers: readonly string[]): ReplicationStatus {
  const { open } = driver;
  const machines = Array.from(open, ({ machine }) => machine);
  return {
    region,
    partitions: { count: SLOTS, open: open.size, importing: open.imports, isComplete: driver.isComplete },
    ownOrigin: "",
    vector: {},
    retention: retentionOf(driver),
    unsyncedMs: driver.unsyncedMs,
    stateSync: stateSyncOf(open),
    outgoing: peers.map((peer) => outgoingOf(driver, region, peer)),
    incoming: peers.map((peer) => incomingOf(driver, machines, region, peer)),
  };
}

/** What is known of open slots; the others hold the same everywhere. `<origin> <slot>` to the stamp. */
export function slotsHoldingsOf({ open }: SlotsDriver, region: string, peers: readonly string[]): Holding[] {
  return [region, ...peers].map((name) => {
    const vector: Record<string, number> = {};
    const durable: Record<string, number> = {};
    for (const { machine, slot } of open) {
      const standing = name === region ? machine.standing() : machine.standingOf(name);
      if (standing === undefined) continue;
      addTo(vector, slot, standing.applied);
      addTo(durable, slot, standing.durable);
    }
    return { region: name, ownOrigin: "", vector, durable };
  });
}

/** What is folded away is the same for all. */
export function addTo(sum: Record<string, number>, slot: number, vector: Vector): void {
  for (const [origin, stamp] of vector) if (stamp !== WHOLE) sum[`${origin} ${slot}`] = stamp;
}

function retentionOf({ open, limits }: SlotsDriver): Retention {
  const [holding, fallen] = [new Set<string>(), new Set<string>()];
  for (const { machine } of open) {
    const { retention } = machine;
    for (const peer of retention.holding) holding.add(peer);
    for (const peer of retention.fallen) fallen.add(peer);
  }
  return {
    logBytes: open.logBytes,
    logBytesMax: limits.logBytesMax,
    holding: [...holding].filter((peer) => !fallen.has(peer)).sort(),
    fallen: [...fallen].sort(),
  };
}

/** Of those that are taken in now together; none says how many are to follow. */
function stateSyncOf(open: Iterable<SlotMachine>): StateSyncStatus | null {
  const all = Array.from(open, ({ states }) => states.status).filter((status) => status !== null);
  const [first, ...others] = all;
  if (first === undefined) return null;
  return others.reduce(
    (sum, status) => ({
      source: sum.source ?? status.source,
      sinceMs: Math.min(sum.sinceMs, status.sinceMs),
      buckets: sum.buckets + status.buckets,
      bucketsTotal: sum.bucketsTotal + status.bucketsTotal,
      bytes: sum.bytes + status.bytes,
      leftMs: null,
      lastError: sum.lastError ?? status.lastError,
    }),
    { ...first, leftMs: null },
  );
}

function outgoingOf(driver: SlotsDriver, region: string, peer: string): LinkStatus {
  let backlogEntries = 0;
  let oldest: number | undefined;
  let isHeard = false;
  for (const { machine } of driver.open) {
    const standing = machine.standing();
    const acked = machine.ackedBy(peer);
    if (standing === undefined || acked === undefined) continue;
    isHeard = true;
    if (acked >= stampIn(standing.applied, standing.ownOrigin)) continue;
    const view = machine.peerView(peer);
    backlogEntries += Math.max(1, view?.unackedEntries ?? 1);
    oldest = lower(oldest, view?.oldestUnacked ?? acked);
  }
  const record = driver.links.outgoing.get(peer)!;
  const isKnown = isHeard || (record.state === "up" && driver.isComplete);
  return {
    from: region,
    to: peer,
    ...linkOf(driver, record, peer, "outgoing"),
    bandwidthBytesPerSecond: driver.links.limitOf(peer) ?? null,
    lagMs: oldest === undefined ? (isKnown ? 0 : null) : Math.max(0, Date.now() - msOfStamp(oldest)),
    delayMs: null,
    backlogEntries,
  };
}

function lower(one: number | undefined, other: number): number {
  return one === undefined ? other : Math.min(one, other);
}
