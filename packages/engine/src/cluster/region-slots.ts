/**
 * The slots of a region: who has each, whether it is up, and calls to it.
 *
 * A slot that changes its node is down until its partition was seen to be ready there; `down` is told while `nodeOf` still names the
 * node before.
 */
import { EventEmitter } from "node:events";
import { SLOTS } from "@meridian/core";
import { EngineError, isConnectionLost } from "../errors.js";
import type { LibrarySource } from "../library.js";
import { limits } from "../limits.js";
import { examineServer, type Finding } from "../requirements.js";
import {
  followMembers,
  membersIn,
  preparePartition,
  refusal,
  type MembersList,
  type PartitionCalls,
  type PartitionSetup,
} from "./partitions.js";
import { RunningNode, type NodeWork } from "./running-node.js";
import { SlotCalls, type SlotRoutes } from "./slot-calls.js";
import type { Slots } from "./slots.js";
import { perSlot, slotsText, type Topology } from "./topology.js";

export interface RegionSlotsSetup extends PartitionSetup {
  readonly topology: Topology;
  readonly library: LibrarySource;
  /** The servers are a cluster; else one has all slots. */
  readonly isCluster: boolean;
}

type Argument = string | Buffer;

export class RegionSlots extends EventEmitter implements Slots, SlotRoutes {
  private readonly owners = perSlot<RunningNode | undefined>(undefined);
  private readonly ups = new Uint8Array(SLOTS);
  /** The revision of the list that the partition has. */
  private readonly revisions = perSlot("");
  private readonly byId = new Map<string, RunningNode>();
  private readonly calls: SlotCalls;
  private readonly single: PartitionCalls;
  private list: MembersList | undefined;
  private following: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(private readonly setup: RegionSlotsSetup) {
    super();
    this.setMaxListeners(0);
    this.calls = new SlotCalls(this);
    this.single = this.calls.atOnce();
    setup.topology.on("changed", () => this.take());
    this.take();
  }

  get nodes(): readonly RunningNode[] {
    return [...this.byId.values()];
  }

  nodeOf(slot: number): RunningNode | undefined {
    return this.owners[slot];
  }

  isUp(slot: number): boolean {
    return this.ups[slot] === 1;
  }

  get upCount(): number {
    return this.ups.reduce((sum, up) => sum + up, 0);
  }

  call(slot: number, command: string, ...args: Argument[]): Promise<unknown> {
    return this.calls.call(slot, command, args);
  }

  callBuffer(slot: number, command: string, ...args: Argument[]): Promise<unknown> {
    return this.calls.callBuffer(slot, command, args);
  }

  command(slot: number, name: string, ...args: Argument[]): Promise<unknown> {
    return this.calls.command(slot, name, args);
  }

  commandBuffer(slot: number, name: string, ...args: Argument[]): Promise<unknown> {
    return this.calls.commandBuffer(slot, name, args);
  }

  /** The first start: every node that answers is up, or an error that says why one can't be. */
  async open(control: unknown): Promise<void> {
    this.list = membersIn(control);
    for (const node of this.nodes) node.wake();
    const late = new Promise<void>((resolve) => setTimeout(resolve, limits.answerMsMax).unref());
    const problems = await Promise.all(this.nodes.map((node) => Promise.race([node.first, late])));
    const fatal = problems.find((problem) => problem instanceof EngineError && FATAL.test(problem.code));
    if (fatal !== undefined) throw fatal as EngineError;
  }

  /** What `members` tells of the control partition; all others have it when this resolves. Rejects where some can't be reached. */
  follow(control: unknown): Promise<void> {
    const list = membersIn(control);
    if (this.list === undefined || !isAlike(list, this.list)) this.list = list; // else only the text is another
    const next = this.following.then(() => this.spread());
    this.following = next.catch(() => undefined);
    return next;
  }

  async findings(): Promise<Finding[]> {
    const { nodes } = this;
    const all = await Promise.all(nodes.map((node) => this.findingsOf(node, nodes.length > 1)));
    const lacking = this.owners.flatMap((owner, slot) => (owner === undefined ? [slot] : []));
    const findings = [...this.setup.topology.findings(), ...all.flat()];
    if (lacking.length > 0) {
      const message = `${lacking.length} hash slots have no node (${slotsText(lacking)}): their keys can't be read or written; look at CLUSTER NODES, bring the node back, or give its slots to others`;
      findings.push({ code: "SLOTS", severity: "error", message });
    }
    return findings;
  }

  stop(): void {
    this.isStopped = true;
    this.calls.stop();
    for (const node of this.byId.values()) node.stop();
  }

  get stopped(): boolean {
    return this.isStopped;
  }
  get isCluster(): boolean {
    return this.setup.isCluster;
  }
  get region(): string {
    return this.setup.region;
  }
  get library(): LibrarySource {
    return this.setup.library;
  }

  look(): Promise<void> {
    return this.setup.topology.look();
  }

  nodeAt(host: string, port: number): RunningNode | undefined {
    return this.nodes.find(({ address }) => address.host === host && address.port === port);
  }

  /** A node has said so. What the whole topology is follows. */
  moved(slot: number, to: RunningNode): void {
    if (this.owners[slot] === to) return;
    this.change([[slot, to]]);
    to.wake();
  }

  emptied(slot: number): void {
    const node = this.owners[slot];
    if (node === undefined || !this.isUp(slot)) return;
    this.emit("emptied", node);
    node.emptied();
  }

  private async findingsOf({ redis, text }: RunningNode, isNamed: boolean): Promise<Finding[]> {
    try {
      const found = await examineServer(redis, false, this.setup.isCluster);
      return isNamed ? found.map((finding) => ({ ...finding, message: `node ${text}: ${finding.message}` })) : found;
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
      const message = `the node ${text} does not answer; its keys can't be read or written until it does, or a replica takes its place`;
      return [{ code: "SLOTS", severity: "error", message }];
    }
  }

  private take(): void {
    if (this.isStopped) return;
    const { places } = this.setup.topology;
    const owners = perSlot<RunningNode | undefined>(undefined);
    for (const place of places) {
      const node = this.byId.get(place.id) ?? this.add(place);
      for (const slot of place.slots) owners[slot] = node;
    }
    const left = [...this.byId.values()].filter(({ id }) => places.every((place) => place.id !== id));
    const changes = owners.flatMap((owner, slot) => (owner === this.owners[slot] ? [] : [[slot, owner] as const]));
    for (const { id } of left) this.byId.delete(id);
    this.change(changes);
    for (const node of left) node.stop();
    for (const node of this.byId.values()) node.wake();
  }

  private add(place: Topology["places"][number]): RunningNode {
    const { topology, library, isCluster } = this.setup;
    const work: NodeWork = {
      library,
      isCluster,
      isOpen: () => this.list !== undefined,
      prepare: (node) => this.prepare(node),
      hasPending: (node) => node.slots.some((slot) => this.ups[slot] === 0),
      lost: (node) => {
        this.setDown(node.slots);
        void topology.look();
      },
      problem: (error) => this.emit("problem", error),
    };
    const node = new RunningNode(place, topology.connect(place), work);
    this.byId.set(node.id, node);
    return node;
  }

  private change(changes: readonly (readonly [number, RunningNode | undefined])[]): void {
    this.setDown(changes.map(([slot]) => slot));
    for (const [slot, owner] of changes) this.owners[slot] = owner;
    const slots = new Map(this.nodes.map((node) => [node, [] as number[]]));
    for (const [slot, owner] of this.owners.entries()) if (owner !== undefined) slots.get(owner)?.push(slot);
    for (const [node, own] of slots) node.slots = own;
    this.emit("topology");
  }

  private setDown(slots: readonly number[]): void {
    const down = slots.filter((slot) => this.ups[slot] === 1);
    if (down.length === 0) return;
    for (const slot of down) this.ups[slot] = 0;
    this.emit("down", down);
  }

  private async prepare(node: RunningNode): Promise<boolean> {
    const list = this.list!;
    const pending = node.slots.filter((slot) => this.ups[slot] === 0);
    let isDone = true;
    for (let at = 0; at < pending.length; at += limits.partitionsAtOnce) {
      const some = pending.slice(at, at + limits.partitionsAtOnce);
      const ready = await Promise.all(
        some.map((slot) =>
          preparePartition(slot, this.single, this.setup, list).catch((error: unknown) => {
            throw refusal(error, this.setup, node.text);
          }),
        ),
      );
      if (this.list !== list) return false; // they need the new one
      const up = some.filter((slot, index) => ready[index] === true && this.owners[slot] === node && node.isUp);
      isDone &&= up.length === some.length;
      for (const slot of up) {
        this.ups[slot] = 1;
        this.revisions[slot] = list.revision;
      }
      if (up.length > 0) this.emit("up", up);
    }
    return isDone;
  }

  private async spread(): Promise<void> {
    const { list } = this;
    if (list === undefined || list.revision === "0") return;
    for (let from = 0; from < SLOTS; from += limits.partitionsAtOnce) {
      const slots = Array.from({ length: Math.min(limits.partitionsAtOnce, SLOTS - from) }, (_, at) => from + at);
      const behind = slots.filter((slot) => this.revisions[slot] !== list.revision && this.ups[slot] === 1);
      await Promise.all(behind.map((slot) => followMembers(slot, this.single, list)));
      if (this.list !== list) return; // a newer one, which is spread next
      for (const slot of behind) this.revisions[slot] = list.revision;
    }
    const missing = this.ups.reduce(
      (sum, up, slot) => sum + (up === 1 && this.revisions[slot] === list.revision ? 0 : 1),
      0,
    );
    if (missing > 0) throw new EngineError("MERIDIAN_SLOTSBEHIND", { count: missing, region: this.setup.region });
  }
}

const FATAL = /^MERIDIAN_(REQUIREMENTS|CONFIGURE|LIBRARY)/;

function isAlike(a: MembersList, b: MembersList): boolean {
  return a.regions === b.regions && a.gone === b.gone && a.closed === b.closed;
}
