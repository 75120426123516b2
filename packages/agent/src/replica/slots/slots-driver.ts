/**
 * Runs the replication of a region whose partitions are hash slots: a machine for each slot in which something is to be done,
 * and for no other. Links, clocks and looks at the nodes are one for all.
 *
 * 1. A slot is opened when its node says that it got fresh entries, when a peer sends or tells something of it, and at a start
 *    where logs were left over. It is closed when its machine has settled (machine.ts) and was quiet for a while.
 * 2. Of a closed slot a digest of its vector is kept (slot-table.ts). As a link begins each end tells the other all of them: where
 *    they are alike, the first batch goes without a question, and the receiver says if it does not follow.
 * 3. No link opens before all slots were looked at.
 */
import { CONTROL_SLOT, rootOfSlot, SLOT_BUCKETS, SLOTS } from "@meridian/core";
import type { SlotNode, Slots } from "@meridian/engine";
import type { ExportedText, ExportWish } from "../../link/index.js";
import { LinkError } from "../../link/index.js";
import { ClockAlarm } from "../adapter/clock-alarm.js";
import type { DriverOptions } from "../adapter/driver.js";
import { adapterLimits } from "../adapter/limits.js";
import { Links } from "../adapter/links.js";
import { isServerLost, readState } from "../adapter/server-calls.js";
import { alarmOf, refusalOf, type Alarm } from "../alarms.js";
import { replicaLimits, type ReplicaLimits } from "../limits.js";
import type { ReplicaEvent, Standing } from "../protocol.js";
import { slotLimits, slotReplicaLimits } from "./limits.js";
import { NodeWatch } from "./node-watch.js";
import { OpenSlots } from "./open-slots.js";
import { PeerLinks } from "./peer-links.js";
import type { SlotMachine } from "./slot-machine.js";
import type { Vector } from "../vector.js";
import { digestOf, SlotTable } from "./slot-table.js";
import { SlotWaits } from "./slot-waits.js";
import { addTo } from "./status.js";
import { SlotSweeper } from "./slot-sweeper.js";

type Event = ReplicaEvent<Uint8Array>;

const NOWHERE: Standing = { ownOrigin: "", applied: new Map(), durable: new Map(), sources: [] };

export interface SlotsDriverOptions extends DriverOptions {
  /** Of the engine. */
  readonly slots: Slots;
}

export class SlotsDriver {
  readonly links: Links;
  readonly open: OpenSlots;
  readonly waits: SlotWaits;
  readonly limits: ReplicaLimits;
  private readonly slots: Slots;
  private readonly table = new SlotTable();
  private readonly peers = new PeerLinks();
  private readonly sources = new Set<string>();
  private readonly watches = new Map<string, NodeWatch>();
  private readonly clockAlarm = new ClockAlarm((alarm) => this.raise(alarm));
  private readonly sweeper: SlotSweeper;
  private readonly timers: NodeJS.Timeout[] = [];
  /** Slots to be looked at, and to be opened. */
  private readonly toLookAt = new Set<number>();
  private isLookingAtSlots = false;
  /** All slots were looked at. */
  private isReady = false;
  private stopped = false;

  constructor(private readonly options: SlotsDriverOptions) {
    const { slots, region, roster, identity, link, listener, mayLink } = options;
    this.slots = slots;
    this.limits = { ...replicaLimits, ...slotReplicaLimits, ...options.limits };
    this.links = new Links({
      identity,
      link,
      listener,
      peers: roster.others,
      exported: (peer, wish, signal) => this.exported(peer, wish, signal),
      standing: () => (this.isReady && mayLink() ? NOWHERE : undefined),
      dispatch: (event, slot) => (slot === undefined ? this.linkEvent(event) : this.heard(event, slot)),
      digests: (peer, digests) => this.told(peer, digests),
      offered: (source, partitions) => this.offered(source, partitions),
      alarm: (alarm) => this.raise(alarm),
    });
    this.open = new OpenSlots(
      {
        slots: this.slots,
        links: this.links,
        region,
        limits: this.limits,
        buckets: SLOT_BUCKETS,
        regions: () => roster.regions,
        mayWork: options.mayWork,
        onEvent: options.onEvent,
        raise: (alarm) => this.raise(alarm),
        moved: (machine) => this.watchOf(machine.slot)?.noteMoved(machine),
        ready: (machine) => this.connect(machine),
        onProgress: options.onProgress,
      },
      { sources: this.sources, closed: (machine) => this.closed(machine) },
    );
    this.waits = new SlotWaits(
      this.open,
      () => this.caughtUp(),
      () => roster.peers,
    );
    const counts = () => Array.from(this.watches.values(), ({ durability }) => durability);
    this.sweeper = new SlotSweeper(this.slots, counts, (error) => this.sweepFailed(error));
  }

  start(): void {
    const { slots } = this;
    slots.on("up", this.onUp);
    slots.on("down", this.onDown);
    slots.on("topology", this.onTopology);
    this.onTopology();
    this.links.start();
    this.links.limitExports(this.options.stateSyncBytesPerSecond);
    for (let slot = 0; slot < SLOTS; slot++) if (slots.isUp(slot)) this.toLookAt.add(slot);
    void this.lookAtSlots();
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
    for (const watch of this.watches.values()) watch.stop();
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

  /** For how long the oldest of what was written waits to be on a node's disk. */
  get unsyncedMs(): number {
    return Math.max(0, ...Array.from(this.watches.values(), (watch) => watch.unsyncedMs));
  }

  /** All slots were looked at since the start. */
  get isComplete(): boolean {
    return this.isReady && this.toLookAt.size === 0;
  }

  /** Until all that was written before the call is known here. */
  /** Where every open slot stands by now, as in holdings; rejects where a node does not say. */
  async ends(): Promise<Vector> {
    await this.caughtUp();
    const sum: Record<string, number> = {};
    for (const machine of this.open) addTo(sum, machine.slot, (await machine.ends()).vector);
    return new Map(Object.entries(sum));
  }

  private async caughtUp(): Promise<void> {
    await Promise.all(Array.from(this.watches.values(), (watch) => watch.poll.caughtUp()));
  }

  raise(alarm: Alarm): void {
    this.options.alarms.raise(alarm, Date.now());
  }

  private readonly onTopology = (): void => {
    const nodes = new Map(this.slots.nodes.map((node) => [node.id, node]));
    for (const [id, watch] of this.watches) {
      if (nodes.has(id)) continue;
      watch.stop();
      this.watches.delete(id);
    }
    for (const [id, node] of nodes) if (!this.watches.has(id)) this.watches.set(id, this.watch(node));
  };

  private watch(node: SlotNode): NodeWatch {
    return new NodeWatch({
      node,
      fresh: (slots) => {
        for (const slot of slots) this.open.open(slot).fresh();
      },
      forgotten: () => this.lookAgain(this.slots.nodes.find(({ id }) => id === node.id)?.slots ?? []),
    });
  }

  private watchOf(slot: number): NodeWatch | undefined {
    return this.watches.get(this.slots.nodeOf(slot)?.id ?? "");
  }

  private readonly onDown = (slots: readonly number[]): void => {
    for (const slot of slots) this.open.get(slot)?.serverLost();
    for (const watch of new Set(slots.map((slot) => this.watchOf(slot)))) watch?.lost();
  };

  private readonly onUp = (slots: readonly number[]): void => this.lookAgain(slots);

  /** They may stand elsewhere than is known. */
  private lookAgain(slots: readonly number[]): void {
    for (const slot of slots) {
      const machine = this.open.get(slot);
      if (machine === undefined) {
        this.toLookAt.add(slot);
        continue;
      }
      this.watchOf(slot)?.noteMoved(machine);
      machine.readState();
      machine.fresh();
    }
    void this.lookAtSlots();
  }

  private async lookAtSlots(): Promise<void> {
    if (this.isLookingAtSlots || this.stopped) return;
    this.isLookingAtSlots = true;
    while (this.toLookAt.size > 0 && !this.stopped) {
      const some = [...this.toLookAt].slice(0, slotLimits.readsAtOnce);
      const failed = (await Promise.all(some.map((slot) => this.lookAt(slot)))).filter((slot) => slot !== undefined);
      if (failed.length === some.length) break; // again with the next look at the nodes
    }
    this.isLookingAtSlots = false;
    this.isReady ||= this.toLookAt.size === 0 && this.slots.nodes.length > 0;
  }

  /** The slot, where that failed. */
  private async lookAt(slot: number): Promise<number | undefined> {
    try {
      const [state, hasImport] = await Promise.all([
        readState({ call: (command, ...args) => this.slots.call(slot, command, ...args) }),
        this.slots.command(slot, "EXISTS", `${rootOfSlot(slot)}:im`),
      ]);
      const logs = await Promise.all(
        [...state.vector.keys()].map((origin) => this.slots.command(slot, "XLEN", `${rootOfSlot(slot)}:log:${origin}`)),
      );
      this.toLookAt.delete(slot);
      if (this.open.get(slot) !== undefined) return undefined; // it knows better by now
      const digest = digestOf(state.vector);
      const isOther = this.isReady && digest !== this.table.digests[slot];
      this.table.note(slot, state.vector, state.ownOrigin);
      const isImporting = Number(hasImport) === 1;
      if (isImporting) this.open.open(slot).resumeImport();
      else if (isOther || logs.some((length) => Number(length) > 0)) this.open.openLater(slot);
      if (isOther) this.peers.unsettled(slot);
      return undefined;
    } catch {
      if (!this.slots.isUp(slot)) this.toLookAt.delete(slot); // looked at when it is up
      return slot;
    }
  }

  /** Of links, not of a slot. */
  private linkEvent(event: Event): void {
    switch (event.kind) {
      case "peerUp":
        this.peers.opened(event.peer);
        return;
      case "peerDown":
        this.peers.closed(event.peer);
        for (const machine of this.open) if (machine.peers.delete(event.peer)) machine.dispatch(event);
        return;
      case "writable":
        for (const machine of this.open) if (machine.peers.has(event.peer)) machine.dispatch(event);
        return;
      case "sourceUp":
        this.sources.add(event.source);
        for (const machine of this.open) this.note(machine);
        this.links.sendDigests(event.source, this.table.digests);
        for (const machine of this.open) machine.dispatch(event);
        return;
      case "sourceDown":
        this.sources.delete(event.source);
        for (const machine of this.open) machine.dispatch(event);
        return;
      default:
        return;
    }
  }

  /** Of a slot. */
  private heard(event: Event, slot: number): void {
    if (this.stopped) return;
    if (event.kind !== "acked") {
      this.open.open(slot).dispatch(event);
      return;
    }
    const { peer, standing, rewind } = event;
    const isNews = rewind !== undefined || digestOf(standing.applied) !== this.table.digests[slot];
    const machine = this.open.get(slot) ?? (isNews ? this.open.open(slot) : undefined);
    if (machine === undefined || !this.peers.isUp(peer)) return;
    const isConnected = machine.peers.has(peer);
    machine.peers.set(peer, true);
    if (!isConnected) machine.dispatch({ kind: "peerUp", peer, standing });
    if (isConnected || rewind !== undefined) machine.dispatch(event);
  }

  private told(peer: string, digests: Uint32Array): void {
    for (const machine of this.open) this.note(machine);
    for (const slot of this.peers.told(peer, digests, this.table)) this.open.offer(peer, slot);
    for (const machine of this.open) if (!machine.peers.has(peer)) this.connectWith(machine, peer);
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

  private connect(machine: SlotMachine): void {
    for (const peer of this.peers.up) if (!machine.peers.has(peer)) this.connectWith(machine, peer);
    this.peers.unsettled(machine.slot);
  }

  /** Where both are known to have stood alike nothing need be asked. */
  private connectWith(machine: SlotMachine, peer: string): void {
    const own = machine.standing();
    if (own === undefined) return;
    if (!this.peers.isAlike(peer, machine.slot)) {
      this.open.offer(peer, machine.slot);
      return;
    }
    const applied = new Map(own.applied);
    applied.set(own.ownOrigin, this.table.ownStamps[machine.slot]!);
    const ownOrigin = latestOf(peer, own.applied.keys());
    const standing = { ownOrigin, applied, durable: new Map<string, number>(), sources: this.options.roster.peers };
    machine.peers.set(peer, false);
    machine.dispatch({ kind: "peerUp", peer, standing });
  }

  private closed(machine: SlotMachine): void {
    this.note(machine);
    this.peers.settled(machine.slot);
    for (const watch of this.watches.values()) watch.forget(machine);
  }

  private note(machine: SlotMachine): void {
    const standing = machine.standing();
    if (standing !== undefined) this.table.note(machine.slot, standing.applied, standing.ownOrigin);
  }

  private exported(peer: string, wish: ExportWish, signal: AbortSignal): AsyncIterable<ExportedText> {
    const { region } = this.options;
    if (wish.partition === undefined) throw new LinkError("LINK_NO_STATE", { region, peer, reason: "of no slot" });
    return this.open.open(wish.partition).exported(peer, wish, signal);
  }

  private sweepFailed(error: unknown): void {
    if (isServerLost(error)) return;
    const message = error instanceof Error ? error.message : String(error);
    const { code, about } = refusalOf(message, "REPLICA_SWEEP_FAILED", {});
    this.raise(alarmOf(code, about, message));
  }

  private tick(): void {
    if (this.options.mayWork()) this.open.tick(performance.now());
  }

  private look(): void {
    const control = this.slots.nodeOf(CONTROL_SLOT)?.id;
    for (const [id, watch] of this.watches) {
      const askedAtMs = performance.now();
      void watch.look().then((answered) => {
        if (answered && id === control) {
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
    void this.lookAtSlots();
    void this.open.measureLogs();
  }
}

/** The latest incarnation of the region among them; "": there is none. */
function latestOf(region: string, origins: Iterable<string>): string {
  let latest = "";
  for (const origin of origins) if (origin.startsWith(`${region}~`) && origin > latest) latest = origin;
  return latest;
}
