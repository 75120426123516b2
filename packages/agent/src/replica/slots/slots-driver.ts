/**
 * Runs the replication of a region whose partitions are hash slots, as far as this agent does: of the groups of slots that it holds. A
 * machine for each slot in which something is to be done, and for no other. Links, clocks and looks at the nodes are one for all.
 *
 * 1. A slot is opened when its node says that it got fresh entries, when a peer sends or tells something of it, and at a start
 *    where logs were left over. It is closed when its machine has settled (machine.ts) and was quiet for a while.
 * 2. Of a closed slot a digest of its vector is kept (slot-table.ts). As a link begins each end tells the other all of them: where
 *    they are alike, the first batch goes without a question, and the receiver says if it does not follow.
 * 3. Nothing of a group is given or taken before all of its slots were looked at.
 * 4. Of a group that goes to another agent nothing is kept, and nothing is done for it any more.
 */
import { CONTROL_SLOT, SLOT_BUCKETS } from "@meridian/core";
import type { Slots } from "@meridian/engine";
import type { ExportedText, ExportWish, GroupSet } from "../../link/index.js";
import {
  firstSlotOf,
  groupOf,
  groupsIn,
  GROUPS,
  hasGroup,
  LinkError,
  NO_GROUPS,
  setOf,
  slotsIn,
  without,
} from "../../link/index.js";
import { ClockAlarm } from "../adapter/clock-alarm.js";
import type { DriverOptions } from "../adapter/driver.js";
import { adapterLimits } from "../adapter/limits.js";
import { isServerLost } from "../adapter/server-calls.js";
import { alarmOf, refusalOf, type Alarm } from "../alarms.js";
import { replicaLimits, type ReplicaLimits } from "../limits.js";
import type { ReplicaEvent } from "../protocol.js";
import { slotLimits, slotReplicaLimits } from "./limits.js";
import { GroupLinks } from "./group-links.js";
import { GroupQuestions } from "./group-questions.js";
import { NodeWatches } from "./node-watches.js";
import { OpenSlots } from "./open-slots.js";
import { SlotConnections } from "./slot-connections.js";
import { SlotLook, type SlotSeen } from "./slot-look.js";
import type { Vector } from "../vector.js";
import { SlotWaits } from "./slot-waits.js";
import { addTo } from "./status.js";
import { SlotSweeper } from "./slot-sweeper.js";

type Event = ReplicaEvent<Uint8Array>;

export interface SlotsDriverOptions extends Omit<DriverOptions, "mayWork" | "mayLink" | "onProgress"> {
  /** Of this agent. */
  readonly id: string;
  /** Of the engine. */
  readonly slots: Slots;
  /** Asked before each thing that is done for a group. */
  readonly mayWork: (group: number) => boolean;
  /** Whether its server was heard lately. */
  readonly mayLink: (group: number) => boolean;
}

export class SlotsDriver {
  readonly links: GroupLinks;
  readonly open: OpenSlots;
  readonly waits: SlotWaits;
  /** To and from other agents of the region. */
  readonly questions: GroupQuestions;
  readonly limits: ReplicaLimits;
  /** Those that this agent does the work for. */
  held: GroupSet = NO_GROUPS;
  private readonly slots: Slots;
  private readonly connections: SlotConnections;
  /** Of each region that something is received from, the groups. */
  private readonly sources = new Map<string, GroupSet>();
  private readonly watches: NodeWatches;
  private readonly looks: SlotLook;
  private readonly clockAlarm = new ClockAlarm((alarm) => this.raise(alarm));
  private readonly sweeper: SlotSweeper;
  private readonly timers: NodeJS.Timeout[] = [];
  private stopped = false;

  constructor(private readonly options: SlotsDriverOptions) {
    const { slots, roster } = options;
    this.slots = slots;
    this.limits = { ...replicaLimits, ...slotReplicaLimits, ...options.limits };
    const peers = (): readonly string[] => roster.peers;
    this.connections = new SlotConnections(() => this.open, peers);
    this.links = this.newLinks();
    this.open = this.newOpenSlots();
    this.watches = new NodeWatches({
      slots,
      fresh: (some) => this.fresh(some),
      asked: (some) => void this.questions.look(some.reduce((set, slot) => set | firstOf(slot), NO_GROUPS)),
      forgotten: (some) => this.lookAgain(some),
      torn: (some) => {
        for (const slot of some) if (this.holds(slot)) this.open.open(slot).replaceState();
      },
    });
    this.looks = new SlotLook({
      slots,
      saw: (slot, seen) => this.saw(slot, seen),
      ready: () => this.links.hold(this.looks.ready),
    });
    this.waits = new SlotWaits({
      open: this.open,
      caughtUp: () => this.watches.caughtUp(),
      isKnown: () => this.looks.isComplete && this.open.isComplete,
      peers,
      others: () => this.questions.ask(),
    });
    const { id } = options;
    this.questions = new GroupQuestions({ slots, id, peers, waits: () => this.waits, held: () => this.held });
    const counts = () => Array.from(this.watches, ({ durability }) => durability);
    const isOwn = (slot: number): boolean => this.holds(slot);
    this.sweeper = new SlotSweeper(slots, isOwn, counts, (error) => this.sweepFailed(error));
  }

  private newLinks(): GroupLinks {
    const { roster, identity, link, listener, mayLink } = this.options;
    return new GroupLinks({
      identity,
      link,
      listener,
      peers: roster.others,
      mayLink,
      exported: (peer, wish, signal) => this.exported(peer, wish, signal),
      dispatch: (event, slot) => this.heard(event, slot),
      given: (peer, groups, digests) => this.connections.given(peer, groups, digests),
      ended: (peer, groups) => this.connections.ended(peer, groups),
      writable: (peer, groups, on) => {
        for (const machine of this.connections.openIn(groups)) {
          if (machine.peers.has(peer)) machine.dispatch({ kind: "writable", peer, on });
        }
      },
      taking: (source, groups) => this.taking(source, groups),
      taken: (source, groups) => {
        for (const machine of this.connections.openIn(groups)) machine.dispatch({ kind: "sourceUp", source });
      },
      left: (source, groups) => this.left(source, groups),
      offered: (source, partitions) => this.offered(source, partitions),
      alarm: (alarm) => this.raise(alarm),
    });
  }

  private newOpenSlots(): OpenSlots {
    const { options } = this;
    return new OpenSlots(
      {
        slots: options.slots,
        links: this.links,
        region: options.region,
        limits: this.limits,
        buckets: SLOT_BUCKETS,
        regions: () => options.roster.regions,
        mayWork: (slot) => options.mayWork(groupOf(slot)),
        onEvent: options.onEvent,
        raise: (alarm) => this.raise(alarm),
        moved: (machine) => this.watches.of(machine.slot)?.noteMoved(machine),
        ready: (machine) => this.connections.connect(machine),
        onProgress: () => this.progressed(),
      },
      {
        sourcesOf: (slot) => this.sourcesOf(slot),
        peersOf: (slot) => this.connections.peersOf(slot),
        closed: (machine) => {
          this.connections.closed(machine);
          for (const watch of this.watches) watch.forget(machine);
        },
        share: () => groupsIn(this.held).length / GROUPS,
      },
    );
  }

  start(): void {
    const { slots } = this;
    slots.on("up", this.onUp);
    slots.on("down", this.onDown);
    slots.on("topology", this.onTopology);
    this.onTopology();
    this.watches.cameUp(slots.nodes.flatMap((node) => node.slots));
    this.links.start();
    this.links.limitExports(this.options.stateSyncBytesPerSecond);
    this.timers.push(
      setInterval(() => this.tick(), slotLimits.tickEveryMs),
      setInterval(() => this.look(), slotLimits.lookEveryMs),
    );
    this.sweeper.start();
  }

  /** `reason`: what the other regions are told. Again: no effect. */
  stop(reason: string): void {
    if (this.stopped) return;
    this.stopped = true;
    const { slots } = this;
    slots.off("up", this.onUp);
    slots.off("down", this.onDown);
    slots.off("topology", this.onTopology);
    for (const timer of this.timers) clearInterval(timer);
    this.watches.stop();
    this.looks.stop();
    this.questions.stop();
    this.sweeper.stop();
    this.open.stop();
    this.links.stop(reason);
  }

  /** The roster is another one: what is linked already, and still a region, stays so. */
  membersChanged(): void {
    const { roster } = this.options;
    this.links.setPeers(roster.others);
    for (const { machine } of this.open) machine.setRegions(roster.regions);
  }

  /** From now on it does the work for these groups, and for no others. */
  hold(groups: GroupSet): void {
    if (groups === this.held || this.stopped) return;
    const lost = without(this.held, groups);
    this.held = groups;
    for (const machine of this.connections.openIn(lost)) this.watches.of(machine.slot)?.forget(machine);
    for (const slot of slotsIn(lost)) this.open.forget(slot);
    this.watches.hold(groups);
    this.looks.hold(groups);
    this.links.hold(this.looks.ready);
    this.questions.forget(lost);
    void this.questions.look(groups);
    this.waits.groupsChanged();
  }

  /** A region may hold more of what was written here. */
  private progressed(): void {
    this.waits.progressed();
    this.questions.progressed();
  }

  /** For how long the oldest of what was written waits to be on a node's disk. */
  get unsyncedMs(): number {
    return this.watches.unsyncedMs;
  }

  /** All slots of the groups were looked at since they are this agent's. */
  get isComplete(): boolean {
    return this.looks.isComplete;
  }

  /** Where every open slot stands by now, as in holdings; rejects where a node does not say. */
  async ends(): Promise<Vector> {
    await this.watches.caughtUp();
    const sum: Record<string, number> = {};
    for (const machine of this.open) addTo(sum, machine.slot, (await machine.ends()).vector);
    return new Map(Object.entries(sum));
  }

  raise(alarm: Alarm): void {
    this.options.alarms.raise(alarm, Date.now());
  }

  private holds(slot: number): boolean {
    return hasGroup(this.held, groupOf(slot));
  }

  private readonly onTopology = (): void => this.watches.follow();

  private fresh(slots: readonly number[]): void {
    for (const slot of slots) if (this.holds(slot)) this.open.open(slot).fresh();
  }

  private readonly onDown = (slots: readonly number[]): void => {
    for (const slot of slots) this.open.get(slot)?.serverLost();
    for (const watch of new Set(slots.map((slot) => this.watches.of(slot)))) watch?.lost();
  };

  private readonly onUp = (slots: readonly number[]): void => {
    this.watches.cameUp(slots);
    this.lookAgain(slots);
  };

  /** They may stand elsewhere than is known. */
  private lookAgain(slots: readonly number[]): void {
    for (const slot of slots) {
      if (!this.holds(slot)) continue;
      const machine = this.open.get(slot);
      if (machine === undefined) {
        this.looks.add(slot);
        continue;
      }
      this.watches.of(slot)?.noteMoved(machine);
      machine.readState();
      machine.fresh();
    }
    void this.looks.run();
  }

  private saw(slot: number, { vector, ownOrigin, isImporting, hasLogs }: SlotSeen): void {
    if (this.open.get(slot) !== undefined) return; // it knows better by now
    const isOther = this.looks.isReady(slot) && this.connections.isNews(slot, vector);
    this.connections.saw(slot, vector, ownOrigin);
    if (isImporting) this.open.open(slot).resumeImport();
    else if (isOther || hasLogs) this.open.openLater(slot, true);
    if (isOther) this.connections.unsettled(slot);
  }

  private *sourcesOf(slot: number): Generator<string> {
    for (const [source, groups] of this.sources) if (hasGroup(groups, groupOf(slot))) yield source;
  }

  /** Where the slots of the groups stand, for a source that they are taken from. */
  private taking(source: string, groups: GroupSet): Uint32Array {
    this.sources.set(source, (this.sources.get(source) ?? NO_GROUPS) | groups);
    return this.connections.digestsOf(groups);
  }

  private left(source: string, groups: GroupSet): void {
    this.sources.set(source, without(this.sources.get(source) ?? NO_GROUPS, groups));
    for (const machine of this.connections.openIn(groups)) machine.dispatch({ kind: "sourceDown", source });
  }

  /** Of a slot. */
  private heard(event: Event, slot: number): void {
    if (this.stopped || !this.holds(slot)) return;
    if (event.kind !== "acked") {
      this.open.open(slot).dispatch(event);
      return;
    }
    this.connections.acked(event, slot);
  }

  private offered(source: string, slots: readonly number[]): void {
    for (const slot of slots) {
      const machine = this.open.get(slot);
      const standing = machine?.standing();
      if (machine === undefined) this.open.openLater(slot); // it acknowledges as it opens
      else if (standing !== undefined)
        this.links.acknowledge({ kind: "ack", source, standing, rewind: undefined }, slot);
    }
  }

  private exported(peer: string, wish: ExportWish, signal: AbortSignal): AsyncIterable<ExportedText> {
    const { region } = this.options;
    if (wish.partition === undefined) throw new LinkError("LINK_NO_STATE", { region, peer, reason: "of no slot" });
    if (!this.holds(wish.partition))
      throw new LinkError("LINK_NO_STATE", { region, peer, reason: "another agent has the slot" });
    return this.open.open(wish.partition).exported(peer, wish, signal);
  }

  private sweepFailed(error: unknown): void {
    if (isServerLost(error)) return;
    const message = error instanceof Error ? error.message : String(error);
    const { code, about } = refusalOf(message, "REPLICA_SWEEP_FAILED", {});
    this.raise(alarmOf(code, about, message));
  }

  private tick(): void {
    for (const group of groupsIn(this.held)) this.options.mayWork(group); // what is not this agent's any more it gives up
    this.links.look();
    this.open.tick(performance.now());
  }

  private look(): void {
    const control = this.watches.of(CONTROL_SLOT);
    for (const watch of this.watches) {
      const askedAtMs = performance.now();
      void watch.look().then((answered) => {
        if (answered && watch === control) {
          this.options.clock.saw(watch.durability.serverNowMs, askedAtMs, performance.now());
        }
      });
    }
    if (this.unsyncedMs > adapterLimits.diskLagMsMax) {
      this.raise(alarmOf("REPLICA_DISK_SLOW", {}, `for ${Math.round(this.unsyncedMs / 1000)} s`));
    }
    for (const region of this.options.roster.peers) {
      const skew = this.links.clockSkew(region);
      if (skew !== null) this.clockAlarm.look(region, skew, Date.now());
    }
    void this.looks.run();
    void this.open.measureLogs();
  }
}

/** The group whose place the slot is; none: it is not the first of one. */
function firstOf(slot: number): GroupSet {
  return slot === firstSlotOf(groupOf(slot)) ? setOf(groupOf(slot)) : NO_GROUPS;
}
