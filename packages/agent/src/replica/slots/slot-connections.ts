/**
 * Connects the machines of open slots with the peers that their groups go to: where both are known to have stood alike at once, else
 * after the peer has said where it stands. And keeps where slots stand that are closed (slot-table.ts).
 */
import { groupOf, hasGroup, slotsIn, type GroupSet } from "../../link/index.js";
import type { ReplicaEvent } from "../protocol.js";
import type { Vector } from "../vector.js";
import type { OpenSlots } from "./open-slots.js";
import { PeerLinks } from "./peer-links.js";
import type { SlotMachine } from "./slot-machine.js";
import { digestOf, SlotTable } from "./slot-table.js";

export class SlotConnections {
  private readonly table = new SlotTable();
  private readonly peers = new PeerLinks();

  constructor(
    private readonly open: () => OpenSlots,
    /** All other regions. */
    private readonly regions: () => readonly string[],
  ) {}

  /** Open ones. */
  *openIn(groups: GroupSet): Generator<SlotMachine> {
    for (const machine of this.open()) if (hasGroup(groups, groupOf(machine.slot))) yield machine;
  }

  /** Whether the slot stands elsewhere than is known here. */
  isNews(slot: number, vector: Vector): boolean {
    return digestOf(vector) !== this.table.digests[slot];
  }

  /** Those that take what is in the slot. */
  peersOf(slot: number): string[] {
    return this.peers.upFor(slot);
  }

  /** A closed slot stands there. */
  saw(slot: number, vector: Vector, ownOrigin: string): void {
    this.table.note(slot, vector, ownOrigin);
  }

  /** Where the peers stand is not known any more. */
  unsettled(slot: number): void {
    this.peers.unsettled(slot);
  }

  /** Of all slots of the groups, in their order. */
  digestsOf(groups: GroupSet): Uint32Array {
    for (const machine of this.openIn(groups)) this.note(machine);
    return Uint32Array.from(slotsIn(groups), (slot) => this.table.digests[slot]!);
  }

  /** The peer takes these groups; where it stands in each of their slots. */
  given(peer: string, groups: GroupSet, digests: Uint32Array): void {
    for (const machine of this.openIn(groups)) this.note(machine);
    for (const slot of this.peers.given(peer, groups, digests, this.table)) this.open().offer(peer, slot);
    for (const machine of this.openIn(groups)) if (!machine.peers.has(peer)) this.connectWith(machine, peer);
  }

  ended(peer: string, groups: GroupSet): void {
    this.peers.ended(peer, groups);
    for (const machine of this.openIn(groups)) {
      if (machine.peers.delete(peer)) machine.dispatch({ kind: "peerDown", peer });
    }
  }

  acked(event: Extract<ReplicaEvent<Uint8Array>, { kind: "acked" }>, slot: number): void {
    const { peer, standing, rewind } = event;
    const opens = rewind !== undefined || this.isNews(slot, standing.applied);
    const machine = this.open().get(slot) ?? (opens ? this.open().open(slot) : undefined);
    if (machine === undefined || !this.peers.isUp(peer, slot)) return;
    const isConnected = machine.peers.has(peer);
    machine.peers.set(peer, true);
    if (!isConnected) machine.dispatch({ kind: "peerUp", peer, standing });
    if (isConnected || rewind !== undefined) machine.dispatch(event);
  }

  connect(machine: SlotMachine): void {
    for (const peer of this.peersOf(machine.slot)) if (!machine.peers.has(peer)) this.connectWith(machine, peer);
    this.peers.unsettled(machine.slot);
  }

  closed(machine: SlotMachine): void {
    this.note(machine);
    this.peers.settled(machine.slot);
  }

  /** Where both are known to have stood alike nothing need be asked. */
  private connectWith(machine: SlotMachine, peer: string): void {
    const own = machine.standing();
    if (own === undefined) return;
    if (!this.peers.isAlike(peer, machine.slot)) {
      this.open().offer(peer, machine.slot);
      return;
    }
    const applied = new Map(own.applied);
    applied.set(own.ownOrigin, this.table.ownStamps[machine.slot]!);
    const ownOrigin = latestOf(peer, own.applied.keys());
    const standing = { ownOrigin, applied, durable: new Map<string, number>(), sources: this.regions() };
    machine.peers.set(peer, false);
    machine.dispatch({ kind: "peerUp", peer, standing });
  }

  private note(machine: SlotMachine): void {
    const standing = machine.standing();
    if (standing !== undefined) this.table.note(machine.slot, standing.applied, standing.ownOrigin);
  }
}

/** The latest incarnation of the region among them; "": there is none. */
function latestOf(region: string, origins: Iterable<string>): string {
  let latest = "";
  for (const origin of origins) if (origin.startsWith(`${region}~`) && origin > latest) latest = origin;
  return latest;
}
