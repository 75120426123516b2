/**
 * The role of this region: brings its server to what the record says, and tells the gateway where commands go.
 *
 * 1. The record of the highest epoch that was heard counts. A server that is a primary without being the one that it names is made
 *    a replica.
 * 2. An agent that starts where the primary is lets nobody write until it has heard of all other regions, or after a while of so
 *    many that a majority agrees: meanwhile another one may have become the primary.
 * 3. A server with data that was never part of the deployment is not made a replica, for that would empty it.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { RelayRouting } from "../gateway/index.js";
import { codeOf, AgentError, textOf } from "../errors.js";
import type { Logger } from "../logger.js";
import type { LostWrites, PeerServer, PeerState, RoleView } from "./documents.js";
import { Fence } from "./failover/fence.js";
import { saveLostWrites } from "./failover/lost-writes.js";
import { passiveLimits } from "./limits.js";
import type { Peers } from "./peers.js";
import { isNewer, type RoleRecord } from "./record.js";
import type { RegionServer, ServerLook, ServerPlace } from "./region-server.js";
import { Standing } from "./standing.js";

export interface RolesOptions {
  readonly region: string;
  /** In their order. */
  readonly regions: readonly string[];
  /** Who takes the writes when nobody has yet. */
  readonly first: string;
  readonly server: RegionServer;
  /** It was active-active, and the primary has all that it has: nothing in it need be saved before it follows. */
  readonly isDrained: boolean;
  /** As each other region's server is reached from here. */
  readonly places: ReadonlyMap<string, ServerPlace>;
  /** Where writes are saved that the other regions did not get. */
  readonly lostWritesFolder: string;
  /** Servers do writes only while a majority follows them. */
  readonly automatic: boolean;
  readonly log: Logger;
  /** Where commands go is another place now. */
  onRouting(routing: RelayRouting): void;
}

export class Roles {
  record: RoleRecord | undefined;
  seen: ServerLook | undefined;
  /** Why the server can't be used, or not as it should be. */
  problem: string | undefined = "it was not asked yet";
  private roleProblem: string | undefined;
  readonly standing = new Standing();
  /** Changes of roles are made elsewhere, step by step: the loop leaves the server as it is. */
  isBusy = false;
  readonly fence: Fence;
  private peers: Peers | undefined;
  /** Where the server was as a primary, when it was seen last. */
  private latest: { stream: string; offset: number; atMs: number } | undefined;
  lostWrites: LostWrites | null = null;
  /** What the server itself has kept. */
  private stored: RoleRecord | undefined;
  private storedRunId = "";
  private isConfirmed = false;
  private unrecordedMs: number | undefined;
  private isDrained: boolean;
  private readonly startedMs = performance.now();
  /** Where servers of regions with Sentinels were last. */
  private readonly toldPlaces = new Map<string, ServerPlace>();
  private readonly holds = new Map<string, string>();
  private readonly halt = new AbortController();

  constructor(readonly options: RolesOptions) {
    this.fence = new Fence(options.server, options.automatic);
    this.isDrained = options.isDrained;
  }

  start(peers: Peers): void {
    this.peers = peers;
    void this.run();
  }

  stop(): void {
    this.halt.abort();
  }

  get isPrimary(): boolean {
    return this.record?.primary === this.options.region;
  }

  /** What goes to the primary waits, until it is released. */
  hold(id: string, reason: string): void {
    this.holds.set(id, reason);
    this.route();
  }

  release(id: string): void {
    this.holds.delete(id);
    this.route();
  }

  /** Another agent, or the server, knows this. */
  learn(record: RoleRecord | null | undefined): void {
    if (record === null || record === undefined) return;
    const { region, regions, log } = this.options;
    if (!regions.includes(record.primary) || !isNewer(record, this.record, regions)) return;
    const isOther = this.record !== undefined && this.record.primary !== record.primary;
    this.record = record;
    if (record.primary !== region) this.isConfirmed = false;
    if (isOther) log.warn(`${record.primary} is the primary now`, { event: "primary", epoch: record.epoch });
    this.route();
  }

  /** After a change that this region agreed upon: nobody else need be heard. */
  confirm(): void {
    this.isConfirmed = true;
    this.route();
  }

  /** What the other agents are told. */
  state(nowMs = performance.now()): PeerState {
    const { seen } = this;
    const { latest } = this;
    const own = latest === undefined ? null : { ...latest, agoMs: nowMs - latest.atMs };
    return {
      record: this.record ?? null,
      server: seen === undefined ? null : this.serverOf(seen),
      heard: this.isPrimary ? own : (this.standing.heardOffset(nowMs) ?? null),
    };
  }

  /** The same, after a look at the server. */
  async freshState(): Promise<PeerState> {
    await this.look();
    return this.state();
  }

  heard(region: string, { record, server }: PeerState, askedMs: number): void {
    this.learn(record);
    if (region === this.record?.primary && server?.role === "primary") {
      this.standing.heard(askedMs, server.stream, server.offset);
    }
  }

  /** By the new primary's agent; `isFenced`: the former one surely does no writes. */
  told(record: RoleRecord, state: PeerState, isFenced: boolean): void {
    if (isFenced) this.fence.open(record.epoch);
    const peer = this.peers?.of(record.primary);
    if (peer !== undefined) peer.state = state;
    this.learn(record);
  }

  stalenessMs(): number | undefined {
    return this.isPrimary ? 0 : this.standing.stalenessMs(performance.now());
  }

  view(): RoleView {
    const { record, seen, isPrimary } = this;
    const nowMs = performance.now();
    const staleness = this.stalenessMs();
    return {
      role: isPrimary ? "primary" : "replica",
      primary: record?.primary ?? null,
      epoch: record?.epoch ?? 0,
      sinceMs: record?.sinceMs ?? null,
      held: this.whyHeld ?? null,
      offset: seen?.offset ?? null,
      lagBytes: isPrimary ? 0 : this.standing.lagBytes,
      lagMs: isPrimary ? 0 : rounded(this.standing.lagMs(nowMs)),
      stalenessMs: rounded(staleness ?? null),
      linkUp: isPrimary || seen?.linkUp === true,
      lostWrites: this.lostWrites,
    };
  }

  routing(): RelayRouting {
    const { region, server } = this.options;
    const { record, seen } = this;
    const { host, port, tls } = server.address;
    const own = { host, port, ...(tls === true && { tls }) };
    const isReadable = seen !== undefined && !seen.loading && (seen.role === "primary" || !seen.syncing);
    const place = record === undefined ? undefined : this.placeOf(record.primary);
    const elsewhere = place === undefined ? undefined : { ...place, ...(tls === true && { tls }) };
    return {
      near: isReadable ? own : undefined,
      primary: record?.primary === region ? own : elsewhere,
      primaryRegion: record?.primary ?? this.options.first,
      held: this.whyHeld !== undefined,
    };
  }

  /** The server as it is now; undefined: it does not answer. */
  async look(): Promise<ServerLook | undefined> {
    const { server, log } = this.options;
    try {
      const seen = await server.look();
      if (this.seen === undefined) log.info("the server answers", { event: "server-up" });
      if (seen.runId !== this.storedRunId && !seen.loading) {
        const { automatic, regions } = this.options;
        const others = Math.floor(regions.length / 2);
        if (automatic) await server.needReplicas(others, passiveLimits.acknowledgedSecondsMax);
        this.stored = await server.readRecord();
        this.storedRunId = seen.runId;
        this.learn(this.stored);
      }
      this.seen = seen;
      this.problem = this.roleProblem;
      if (seen.role === "primary") {
        this.latest = { stream: seen.replicationId, offset: seen.offset, atMs: performance.now() };
      }
      if (seen.role === "replica") this.standing.reached(seen.replicationId, seen.syncing ? undefined : seen.offset);
    } catch (error) {
      const { host, port } = server.address;
      if (this.seen !== undefined) log.warn(`the server does not answer: ${textOf(error)}`, { event: "server-down" });
      this.seen = undefined;
      this.problem = `the server at ${host}:${port} does not answer`;
    }
    this.route();
    return this.seen;
  }

  private get whyHeld(): string | undefined {
    const [first] = this.holds.values();
    if (first !== undefined) return first;
    if (!this.isPrimary) return undefined;
    if (!this.isConfirmed) return "it is not known yet whether another region has become the primary";
    if (this.seen?.role === "replica") return "the server is becoming the primary";
    return this.options.automatic ? this.whyNoMajority : undefined;
  }

  private get whyNoMajority(): string | undefined {
    const heard = this.peers?.heard().length ?? 0;
    if (heard + 1 <= this.options.regions.length / 2) return "the agents of a majority of the regions are not heard";
    return this.stored?.epoch === this.record?.epoch ? undefined : "no majority follows the server yet";
  }

  private async run(): Promise<void> {
    const { signal } = this.halt;
    while (!signal.aborted) {
      const seen = await this.look();
      if (seen !== undefined && !seen.loading && !this.isBusy && !signal.aborted) await this.settle(seen);
      await delay(passiveLimits.lookEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One step towards what the record says. */
  private async settle(seen: ServerLook): Promise<void> {
    const { sentinels } = this.options.server;
    if (sentinels !== undefined && this.record !== undefined) sentinels.isInCharge = this.isPrimary;
    try {
      if (this.record === undefined) await this.begin();
      else if (this.isPrimary) await this.lead(seen, this.record);
      else await this.follow(seen, this.record);
      this.roleProblem = undefined;
    } catch (error) {
      const text = textOf(error);
      if (text !== this.roleProblem) this.options.log.warn(text, { event: "server-problem", code: codeOf(error) });
      this.roleProblem = text;
    }
  }

  /** Nobody knows of a primary: there never was one. */
  private async begin(): Promise<void> {
    const { region, first } = this.options;
    if (first !== region || !this.areEnoughHeard()) return;
    this.isConfirmed = true;
    this.learn({ epoch: 1, primary: region, sinceMs: Date.now() });
  }

  private async lead(seen: ServerLook, record: RoleRecord): Promise<void> {
    const { server, log, regions } = this.options;
    if (!this.isConfirmed) {
      if (!this.areEnoughHeard()) return;
      this.isConfirmed = true;
    }
    if (seen.role === "replica") {
      if (!server.mayLead) return;
      await server.promote();
      log.warn("the server is the primary now", { event: "primary", epoch: record.epoch });
    }
    if (this.stored === undefined || isNewer(record, this.stored, regions)) {
      await server.writeRecord(record);
      this.stored = record;
    }
    await server.hideFromSentinels(false, seen.runId);
    await this.look();
  }

  private async follow(seen: ServerLook, record: RoleRecord): Promise<void> {
    const { server, region, log } = this.options;
    const place = this.placeOf(record.primary);
    if (place === undefined) return;
    if (seen.role === "replica") await server.hideFromSentinels(true, seen.runId);
    if (seen.role === "replica" && seen.follows?.host === place.host && seen.follows.port === place.port) return;
    if (seen.role === "primary" && (await this.isAboutToLead())) return;
    this.refuseStranger(seen, record.primary);
    if (!(await this.fence.mayFollow(seen, record.epoch, this.stored?.epoch))) return;
    const wasPrimary = this.stored?.primary === region && this.stored.epoch < record.epoch;
    if (!this.isDrained && (wasPrimary || seen.role === "primary")) await this.save(record, wasPrimary);
    await server.follow(place);
    this.fence.follows();
    if (wasPrimary || seen.role === "primary") await server.unpause();
    log.info(`the server follows ${record.primary}`, { event: "primary", epoch: record.epoch });
    this.stored = record;
    this.isDrained = false;
    await this.look();
  }

  /** Another agent of the region may be making the server the primary just now; not where it was one, of an earlier epoch. */
  private async isAboutToLead(): Promise<boolean> {
    const { server, region } = this.options;
    const before = this.stored;
    this.stored = (await server.readRecord()) ?? before;
    this.learn(this.stored);
    if (this.isPrimary) return true;
    if (before === undefined || before.primary === region || this.stored?.primary === region) return false;
    this.unrecordedMs ??= performance.now();
    if (performance.now() - this.unrecordedMs < passiveLimits.unrecordedMsMax) return true;
    this.unrecordedMs = undefined;
    return false;
  }

  /** What the new primary does not have. */
  private async save(record: RoleRecord, wasPrimary: boolean): Promise<void> {
    const { server, region, lostWritesFolder: folder, log } = this.options;
    const next = this.peers?.of(record.primary)?.state?.server;
    if (next?.role !== "primary") {
      throw new AgentError("MERIDIAN_NOPRIMARYYET", { problem: `the server of ${record.primary} is not one yet` });
    }
    const epoch = this.stored?.epoch ?? record.epoch;
    const lost = await saveLostWrites({ server, region, epoch, wasPrimary, folder, next });
    if (lost === undefined) return;
    this.lostWrites = lost;
    const what = lost.kind === "commands" ? `${lost.commands} commands` : "all data of the server";
    log.warn(`writes that ${record.primary} does not have were saved: ${what} in ${lost.file}`, {
      event: "writes-saved",
      bytes: lost.bytes,
    });
  }

  /** At once, after a change of roles. */
  async followNow(): Promise<void> {
    const seen = await this.look();
    if (seen !== undefined && this.record !== undefined && !this.isPrimary) await this.follow(seen, this.record);
  }

  /** It would lose its data. */
  private refuseStranger(seen: ServerLook, primary: string): void {
    const { region, server } = this.options;
    const isKnown = this.isDrained || this.stored !== undefined || seen.keys === 0;
    const stream = this.peers?.of(primary)?.state?.server?.stream;
    if (isKnown || (seen.role === "replica" && seen.replicationId === stream)) return;
    const { host, port } = server.address;
    throw new AgentError("MERIDIAN_PASSIVEDATA", { server: `${host}:${port}`, region, keys: seen.keys, primary });
  }

  private areEnoughHeard(): boolean {
    const peers = this.peers;
    if (peers === undefined) return false;
    const heard = peers.heard().length;
    if (heard === peers.all.length) return true;
    const isLate = performance.now() - this.startedMs > passiveLimits.confirmGraceMs;
    return isLate && heard + 1 > this.options.regions.length / 2;
  }

  /** Another server is the region's own: what was seen of the one before means nothing. */
  moved(): void {
    this.seen = undefined;
    this.latest = undefined;
    this.options.log.warn("the Sentinels name another server", { event: "server-moved" });
    this.route();
  }

  /** Where a region's server is reached from here: as its agent told last, or as it is configured. */
  private placeOf(region: string): ServerPlace | undefined {
    const told = this.peers?.of(region)?.state?.server?.place;
    if (told !== undefined) this.toldPlaces.set(region, told);
    return this.toldPlaces.get(region) ?? this.options.places.get(region);
  }

  private serverOf(seen: ServerLook): PeerServer {
    const { address, sentinels } = this.options.server;
    return {
      role: seen.role,
      offset: seen.offset,
      stream: seen.replicationId,
      formerStream: seen.formerId,
      formerOffset: seen.formerOffset,
      linkUp: seen.linkUp,
      ...(sentinels !== undefined && { place: { host: address.host, port: address.port } }),
    };
  }

  private route(): void {
    this.options.onRouting(this.routing());
  }
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
