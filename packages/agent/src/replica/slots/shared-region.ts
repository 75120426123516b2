/**
 * The work for a region whose partitions are hash slots: this agent does it for the groups of slots that it holds, the others for the
 * rest. The driver is there from the start to the end; groups come and go.
 *
 * 1. What is said of the region is put together from what this agent knows itself and what the others told.
 * 2. What one alone does for the region does the one that holds the control slot.
 */
import { setTimeout as delay } from "node:timers/promises";
import { CONTROL_SLOT } from "@meridian/core";
import type { Slots } from "@meridian/engine";
import { ALL_GROUPS, groupOf, hasGroup, NO_GROUPS, type GroupSet } from "../../link/index.js";
import type { RegionWait } from "../adapter/region-waits.js";
import type { Holding, ReplicationStatus } from "../adapter/status.js";
import { GroupAgents, rangesOf } from "../agents/group-agents.js";
import type { RegionWork, RegionWorkOptions } from "../region-work.js";
import { ToldReader, type Told } from "../told.js";
import type { Vector } from "../vector.js";
import { slotLimits } from "./limits.js";
import { mergedHoldings, mergedStatus, type StatusPart } from "./merged-status.js";
import { SlotsDriver } from "./slots-driver.js";
import { slotsHoldingsOf, slotsStatusOf } from "./status.js";

/** `groups`: those that it is about. */
interface ToldOfGroups extends Told {
  readonly groups: GroupSet;
}

export class SharedRegion implements RegionWork {
  readonly agents: GroupAgents;
  private readonly driver: SlotsDriver;
  private readonly told = new ToldReader();

  constructor(
    private readonly options: RegionWorkOptions,
    slots: Slots,
  ) {
    const { replication, id, roster, identity, link, listener, clock, alarms, tokens } = options;
    const { engine, region, admin, listen } = replication;
    this.agents = new GroupAgents({
      slots,
      id,
      admin,
      link: `${listen.host}:${listen.port}`,
      changed: (held) => this.becomes(held),
      tell: () => this.tell(),
    });
    const isAlone = replication.standsBy === false;
    this.driver = new SlotsDriver({
      id,
      engine,
      slots,
      region,
      roster,
      identity,
      link,
      listener,
      clock,
      alarms,
      limits: replication.limits ?? {},
      stateSyncBytesPerSecond: replication.stateSyncBytesPerSecond,
      onEvent: (event) => {
        replication.onEvent?.(event);
        if (event.kind === "applied") tokens.progressed();
      },
      mayWork: (group) => isAlone || this.agents.holds(group),
      mayLink: (group) => isAlone || this.agents.hearsServer(group),
    });
  }

  async start(): Promise<void> {
    this.driver.start();
    if (this.options.replication.standsBy === false) this.driver.hold(ALL_GROUPS);
    else await this.agents.start();
  }

  async stop(): Promise<void> {
    this.driver.stop("it stops");
    await this.agents.stop();
  }

  membersChanged(): void {
    this.driver.membersChanged();
  }

  get isActive(): boolean {
    return hasGroup(this.driver.held, groupOf(CONTROL_SLOT));
  }

  status(): ReplicationStatus {
    return mergedStatus(this.region, this.peerNames, [this.ownPart(), ...this.heard()]);
  }

  ownStatus(): ReplicationStatus {
    return slotsStatusOf(this.driver, this.region, this.peerNames);
  }

  holdings(): readonly Holding[] {
    return mergedHoldings([this.ownHoldings(), ...this.heard().map(({ holdings }) => holdings)]);
  }

  /** Of its own slots; rejects where those of other agents are not on the disks of all regions. */
  async ends(): Promise<Vector> {
    const others = this.driver.questions.ask("durable");
    try {
      const ends = await this.driver.ends();
      const isHeld = (): boolean => this.peerNames.every((peer) => others.isHeldBy(peer));
      for (let looks = 0; looks < slotLimits.endsLooksMax && !isHeld(); looks++) await delay(slotLimits.knownEveryMs);
      if (!isHeld()) throw new Error("other agents of the region have something that is not on every disk");
      return ends;
    } finally {
      others.end();
    }
  }

  limit(peer: string, bytesPerSecond: number | undefined): void {
    this.driver.links.limit(peer, bytesPerSecond);
  }

  waitForRegions(wait: RegionWait, signal: AbortSignal): Promise<number> {
    return this.driver.waits.wait(wait, signal);
  }

  private get region(): string {
    return this.options.replication.region;
  }

  private get peerNames(): string[] {
    return [...this.options.roster.peers];
  }

  private becomes(held: GroupSet): void {
    this.driver.hold(held);
    this.options.replication.onRole?.(held === NO_GROUPS ? "standby" : "active", rangesOf(held));
  }

  private ownPart(): StatusPart {
    return { groups: this.driver.held, status: this.ownStatus() };
  }

  private ownHoldings(): readonly Holding[] {
    return slotsHoldingsOf(this.driver, this.region, this.peerNames);
  }

  private tell(): string {
    const all = this.driver.open.size <= slotLimits.toldSlotsMax ? this.ownHoldings() : []; // of many slots it is much
    return JSON.stringify({ ...this.ownPart(), holdings: all } satisfies ToldOfGroups);
  }

  private heard(): readonly ToldOfGroups[] {
    const all = this.told.read(this.agents.told) as readonly (Told & Partial<ToldOfGroups>)[];
    return all.filter((told): told is ToldOfGroups => told.groups !== undefined);
  }
}
