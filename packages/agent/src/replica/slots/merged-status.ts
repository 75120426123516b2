/** What is said of a region whose slots several agents replicate: from what each says of its part. Pure. */
import { ALL_GROUPS, NO_GROUPS, type GroupSet } from "../../link/index.js";
import {
  unknownStatus,
  type Holding,
  type LinkStatus,
  type PartitionsStatus,
  type ReplicationStatus,
} from "../adapter/status.js";

/** Of one agent: the groups of slots that it is about. */
export interface StatusPart {
  readonly groups: GroupSet;
  readonly status: ReplicationStatus;
}

/** `parts`: this agent's first. Links are up where they are for all groups. */
export function mergedStatus(
  region: string,
  peers: readonly string[],
  parts: readonly StatusPart[],
): ReplicationStatus {
  const own = parts[0]!;
  const working = parts.filter(({ groups }) => groups !== NO_GROUPS);
  const statuses = working.map(({ status }) => status);
  const isWhole = working.reduce((set, { groups }) => set | groups, NO_GROUPS) === ALL_GROUPS;
  if (statuses.length === 0) return { ...unknownStatus(region, peers), partitions: own.status.partitions };
  const retentions = statuses.map(({ retention }) => retention);
  const fallen = union(retentions.map((one) => one.fallen));
  return {
    region,
    partitions: mergedPartitions(statuses, isWhole),
    ownOrigin: "",
    vector: {},
    retention: {
      logBytes: retentions.reduce((sum, { logBytes = 0 }) => sum + logBytes, 0),
      logBytesMax: own.status.retention.logBytesMax,
      holding: union(retentions.map((one) => one.holding)).filter((peer) => !fallen.includes(peer)),
      fallen,
    },
    unsyncedMs: Math.max(...statuses.map(({ unsyncedMs }) => unsyncedMs)),
    stateSync: statuses.map(({ stateSync }) => stateSync).find((one) => one !== null) ?? null,
    outgoing: peers.map((peer) =>
      mergedLink(
        region,
        peer,
        statuses.map(({ outgoing }) => outgoing),
        isWhole,
      ),
    ),
    incoming: peers.map((peer) =>
      mergedLink(
        peer,
        region,
        statuses.map(({ incoming }) => incoming),
        isWhole,
      ),
    ),
  };
}

/** Of different slots each. */
export function mergedHoldings(parts: readonly (readonly Holding[])[]): Holding[] {
  const all = new Map<string, Holding>();
  for (const holding of parts.flat()) {
    const known = all.get(holding.region);
    const vector = { ...known?.vector, ...holding.vector };
    const durable = { ...known?.durable, ...holding.durable };
    all.set(holding.region, { region: holding.region, ownOrigin: "", vector, durable });
  }
  return [...all.values()];
}

function mergedPartitions(statuses: readonly ReplicationStatus[], isWhole: boolean): PartitionsStatus | undefined {
  const all = statuses.flatMap(({ partitions }) => (partitions === undefined ? [] : [partitions]));
  if (all.length === 0) return undefined;
  return {
    count: all[0]!.count,
    open: all.reduce((sum, { open }) => sum + open, 0),
    importing: all.reduce((sum, { importing }) => sum + importing, 0),
    isComplete: isWhole && all.every(({ isComplete }) => isComplete),
  };
}

function mergedLink(from: string, to: string, sides: readonly (readonly LinkStatus[])[], isWhole: boolean): LinkStatus {
  const all = sides.flatMap((links) => links.filter((link) => link.from === from && link.to === to));
  const [first, ...others] = all;
  if (first === undefined) return unknownStatus(from, [to]).outgoing[0]!;
  const merged = others.reduce(joined, first);
  return isWhole || merged.state !== "up" ? merged : { ...merged, state: "connecting" };
}

function joined(one: LinkStatus, other: LinkStatus): LinkStatus {
  const worst = (["refused", "connecting"] as const).find((state) => one.state === state || other.state === state);
  return {
    ...one,
    state: worst ?? "up",
    sinceMs: Math.max(one.sinceMs, other.sinceMs),
    lagMs: one.lagMs === null || other.lagMs === null ? null : Math.max(one.lagMs, other.lagMs),
    delayMs:
      one.delayMs === null || other.delayMs === null
        ? (one.delayMs ?? other.delayMs)
        : { p50: Math.max(one.delayMs.p50, other.delayMs.p50), p99: Math.max(one.delayMs.p99, other.delayMs.p99) },
    roundTripMs: larger(one.roundTripMs, other.roundTripMs),
    operationsTotal: one.operationsTotal + other.operationsTotal,
    operationsPerSecond: one.operationsPerSecond + other.operationsPerSecond,
    bytesTotal: one.bytesTotal + other.bytesTotal,
    bytesPerSecond: one.bytesPerSecond + other.bytesPerSecond,
    wireBytesTotal: one.wireBytesTotal + other.wireBytesTotal,
    clockSkewMs: one.clockSkewMs ?? other.clockSkewMs,
    backlogEntries: one.backlogEntries + other.backlogEntries,
    lastError: one.lastError ?? other.lastError,
  };
}

function larger(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

function union(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort();
}
