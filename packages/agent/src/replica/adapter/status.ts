/** What an operator sees of one region's replication. Cheap: nothing here asks the server. */
import { replicaLimits } from "../limits.js";
import { msOfStamp } from "../stamps.js";
import { regionOfOrigin, stampIn, WHOLE } from "../vector.js";
import type { Driver } from "./driver.js";
import type { LinkRecord, Links, LinkState } from "./links.js";
import type { StateSyncStatus } from "./state-import.js";
import type { Retention } from "../trimmer.js";

/** One direction between two regions, as this end sees it. */
export interface LinkStatus {
  readonly from: string;
  readonly to: string;
  /** refused: by one of the two ends; only a change of version or configuration helps. */
  readonly state: LinkState;
  /** Unix ms since when it is in this state. */
  readonly sinceMs: number;
  /**
   * Outgoing: the age of the oldest own entry that the peer has not acknowledged, 0 where there is none. Incoming: the
   * age of the oldest entry that came and waits, else the delay of the newest one of the last second, else 0 while up.
   * Null: not known.
   */
  readonly lagMs: number | null;
  /** Incoming: from the stamp of an entry to its apply here, of the last ten seconds. Null: none, or outgoing. */
  readonly delayMs: { readonly p50: number; readonly p99: number } | null;
  /** Of a ping on the stream itself, behind the data under way. */
  readonly roundTripMs: number | null;
  /** Log entries sent or received, and their payload bytes. */
  readonly operationsTotal: number;
  readonly operationsPerSecond: number;
  readonly bytesTotal: number;
  readonly bytesPerSecond: number;
  /** Of batches as they are on the wire: packed, and before TLS. */
  readonly wireBytesTotal: number;
  /** Outgoing: what is sent uses at most so many bytes a second. Null: no limit, or incoming. */
  readonly bandwidthBytesPerSecond: number | null;
  /** How far the clock of the sending region's server is ahead of the receiving one's. Null: not known. */
  readonly clockSkewMs: number | null;
  /** Outgoing: own entries that the peer has not acknowledged. Incoming: entries that came and are not applied. */
  readonly backlogEntries: number;
  readonly lastError: string | null;
}

/** Of a region whose partitions are hash slots; what is else in the status sums them up. */
export interface PartitionsStatus {
  /** All that there are. */
  readonly count: number;
  /** Those in which something is under way, or was within the last minute or so. */
  readonly open: number;
  /** Those that take in a state now. */
  readonly importing: number;
  /** Since its start the agent has looked at all of them. */
  readonly isComplete: boolean;
}

export interface ReplicationStatus {
  readonly region: string;
  /** Undefined: all is one partition. */
  readonly partitions?: PartitionsStatus | undefined;
  /** Who writes here now; "" until the server was reached, and where there are many partitions: each has its own. */
  readonly ownOrigin: string;
  /** For each origin that is not folded away the last stamp applied here; nothing where there are many partitions. */
  readonly vector: Readonly<Record<string, number>>;
  /** How the logs are kept, and for whom. */
  readonly retention: Retention;
  /** For how long the oldest of what was written waits to be on the server's disk. */
  readonly unsyncedMs: number;
  /** The state of another region that is taken in; null: none is. */
  readonly stateSync: StateSyncStatus | null;
  readonly outgoing: readonly LinkStatus[];
  readonly incoming: readonly LinkStatus[];
}

/** What a region holds, as far as this agent has heard. */
export interface Holding {
  readonly region: string;
  readonly ownOrigin: string;
  readonly vector: Readonly<Record<string, number>>;
  /** What of it outlives a crash of its server. */
  readonly durable: Readonly<Record<string, number>>;
}

export function statusOf(driver: Driver, region: string, peers: readonly string[]): ReplicationStatus {
  const standing = driver.machine.standing();
  return {
    region,
    ownOrigin: standing?.ownOrigin ?? "",
    vector: Object.fromEntries([...(standing?.applied ?? [])].filter(([, stamp]) => stamp !== WHOLE)),
    retention: driver.machine.retention,
    unsyncedMs: driver.unsyncedMs,
    stateSync: driver.stateImport.status,
    outgoing: peers.map((peer) => outgoingOf(driver, region, peer)),
    incoming: peers.map((peer) => incomingOf(driver, [driver.machine], region, peer)),
  };
}

export function holdingsOf(driver: Driver, region: string, peers: readonly string[]): Holding[] {
  const holdings: Holding[] = [];
  for (const name of [region, ...peers]) {
    const standing = name === region ? driver.machine.standing() : driver.machine.standingOf(name);
    if (standing === undefined) continue;
    const { ownOrigin, applied, durable } = standing;
    holdings.push({
      region: name,
      ownOrigin,
      vector: Object.fromEntries(applied),
      durable: Object.fromEntries(durable),
    });
  }
  return holdings;
}

/** Of an agent that stands by, as long as nobody told it more. */
export function unknownStatus(region: string, peers: readonly string[]): ReplicationStatus {
  const link = (from: string, to: string): LinkStatus => ({
    ...NOTHING_KNOWN,
    from,
    to,
    sinceMs: Date.now(),
  });
  return {
    region,
    ownOrigin: "",
    vector: {},
    retention: { logBytes: undefined, logBytesMax: replicaLimits.logBytesMax, holding: [], fallen: [] },
    unsyncedMs: 0,
    stateSync: null,
    outgoing: peers.map((peer) => link(region, peer)),
    incoming: peers.map((peer) => link(peer, region)),
  };
}

const NOTHING_KNOWN = {
  state: "connecting",
  lagMs: null,
  delayMs: null,
  roundTripMs: null,
  operationsTotal: 0,
  operationsPerSecond: 0,
  bytesTotal: 0,
  bytesPerSecond: 0,
  wireBytesTotal: 0,
  bandwidthBytesPerSecond: null,
  clockSkewMs: null,
  backlogEntries: 0,
  lastError: null,
} as const;

interface Linked {
  readonly links: Pick<Links, "incoming" | "roundTripMs" | "clockSkew" | "wireBytes">;
}

/** What has come and waits, by origin. */
type Queues = Pick<Driver["machine"], "queuedOrigins" | "backlogOf">;

function outgoingOf(driver: Driver, region: string, peer: string): LinkStatus {
  const record = driver.links.outgoing.get(peer)!;
  const { machine, probe } = driver;
  const acked = machine.ackedBy(peer);
  const standing = machine.standing();
  const own = standing === undefined ? 0 : stampIn(standing.applied, standing.ownOrigin);
  let lagMs: number | null = null;
  let backlogEntries = probe.backlogAfter(acked ?? 0);
  if (acked !== undefined) {
    const view = machine.peerView(peer);
    if (view?.complete === true) backlogEntries = view.unackedEntries;
    const oldest = view?.oldestUnacked ?? probe.oldestAfter(peer, acked);
    if (oldest !== undefined) lagMs = Math.max(0, Date.now() - msOfStamp(oldest));
    else if (acked >= own) lagMs = 0;
  }
  return {
    from: region,
    to: peer,
    ...linkOf(driver, record, peer, "outgoing"),
    bandwidthBytesPerSecond: driver.links.limitOf(peer) ?? null,
    lagMs,
    delayMs: null,
    backlogEntries,
  };
}

/** `machines`: of all partitions in which something may have come. */
export function incomingOf(driver: Linked, machines: Iterable<Queues>, region: string, peer: string): LinkStatus {
  const record = driver.links.incoming.get(peer)!;
  const { backlogEntries, oldest } = waitingFrom(machines, peer);
  const nowMs = performance.now();
  let lagMs: number | null = record.state === "up" ? (record.meter.latestDelayMs(nowMs) ?? 0) : null;
  if (oldest !== undefined) lagMs = Math.max(0, Date.now() - msOfStamp(oldest));
  return {
    from: peer,
    to: region,
    ...linkOf(driver, record, peer, "incoming"),
    bandwidthBytesPerSecond: null,
    lagMs,
    delayMs: record.meter.delays(nowMs),
    backlogEntries,
  };
}

function waitingFrom(machines: Iterable<Queues>, peer: string): { backlogEntries: number; oldest: number | undefined } {
  let backlogEntries = 0;
  let oldest: number | undefined;
  for (const machine of machines) {
    for (const origin of machine.queuedOrigins()) {
      if (regionOfOrigin(origin) !== peer) continue;
      const backlog = machine.backlogOf(origin);
      backlogEntries += backlog.entries;
      if (backlog.oldest !== undefined) oldest = Math.min(oldest ?? backlog.oldest, backlog.oldest);
    }
  }
  return { backlogEntries, oldest };
}

/** What is about the link itself. */
export function linkOf(driver: Linked, record: LinkRecord, peer: string, direction: "outgoing" | "incoming") {
  const skewMs = driver.links.clockSkew(peer)?.ms;
  return {
    state: record.state,
    sinceMs: record.sinceMs,
    roundTripMs: driver.links.roundTripMs(peer, direction),
    operationsTotal: record.meter.operationsTotal,
    bytesTotal: record.meter.bytesTotal,
    ...record.meter.rates(performance.now()),
    wireBytesTotal: driver.links.wireBytes(peer, direction),
    clockSkewMs: skewMs === undefined ? null : rounded(direction === "incoming" ? skewMs : -skewMs),
    lastError: record.lastError,
  };
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
