/**
 * What comes from one other region: a stream to each of its agents, and from which of them every group is taken (taken-groups.ts).
 * Carries that out.
 */
import {
  Dialer,
  groupOf,
  NO_GROUPS,
  without,
  type GroupSet,
  type Identity,
  type LinkError,
  type LinkOptions,
} from "../../link/index.js";
import type { LinkRecord } from "../adapter/links.js";
import { entriesIn } from "../adapter/records.js";
import type { Batch, ReplicaEvent, Standing } from "../protocol.js";
import { slotLimits } from "./limits.js";
import { TakenGroups } from "./taken-groups.js";

export interface SourceEvents {
  /** About one slot. */
  readonly dispatch: (event: ReplicaEvent<Uint8Array>, slot: number) => void;
  /** They are taken from the source; the answer is where each of their slots stands here. */
  readonly taking: (source: string, groups: GroupSet) => Uint32Array;
  readonly taken: (source: string, groups: GroupSet) => void;
  readonly left: (source: string, groups: GroupSet) => void;
  /** The source may have something of these slots. */
  readonly offered: (source: string, slots: readonly number[]) => void;
}

export interface SourceLinkOptions extends SourceEvents {
  readonly name: string;
  /** host:port, of each of its agents. */
  readonly addresses: readonly string[];
  readonly identity: Identity;
  readonly link: LinkOptions;
  readonly record: LinkRecord;
  /** By this agent; and those of them that may be taken from somebody now. */
  readonly held: () => GroupSet;
  readonly linkable: () => GroupSet;
  readonly failed: (error: LinkError) => void;
}

/** Of a slot it is said by each batch and acknowledgement. */
const NOWHERE: Standing = { ownOrigin: "", applied: new Map(), durable: new Map(), sources: [] };

export class SourceLink {
  readonly dialers: readonly Dialer[];
  private readonly groups = new TakenGroups<Dialer>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private isStopped = false;

  constructor(private readonly options: SourceLinkOptions) {
    this.dialers = options.addresses.map((address) => this.dialerOf(address));
  }

  start(): void {
    for (const dialer of this.dialers) dialer.start();
  }

  stop(): void {
    this.isStopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    for (const dialer of this.dialers) dialer.stop();
  }

  takerOf(slot: number): Dialer | undefined {
    return this.groups.takerOf(groupOf(slot));
  }

  /** What is held, or may be taken, may be another. */
  settle(): void {
    if (this.isStopped) return;
    const { name, record } = this.options;
    const held = this.options.held();
    const { left, taken } = this.groups.settle(this.options.linkable(), held);
    for (const { stream, groups } of left) {
      stream.leave(groups);
      this.options.left(name, groups);
    }
    for (const { stream, groups } of taken) {
      stream.take(groups, this.options.taking(name, groups));
      this.options.taken(name, groups);
    }
    noteLinked(record, held, this.groups.all);
  }

  private dialerOf(address: string): Dialer {
    const { name, identity, link, record, dispatch } = this.options;
    const isTaken = (slot: number): boolean => this.takerOf(slot) === dialer;
    const dialer: Dialer = new Dialer({
      peer: name,
      addresses: [address],
      identity,
      link,
      random: Math.random,
      handlers: {
        position: () => NOWHERE,
        up: (held) => {
          this.groups.opened(dialer, dialer.agent ?? "", held);
          this.settle();
        },
        held: (held) => {
          this.groups.holds(dialer, held);
          this.settle();
        },
        dropped: (groups) => this.dropped(dialer, groups),
        received: (batch) => {
          const slot = batch.partition ?? 0;
          if (!isTaken(slot)) return;
          countBatch(record, batch);
          dispatch({ kind: "received", source: name, batch }, slot);
        },
        gap: ({ partition = 0, ...gap }) => {
          if (isTaken(partition)) dispatch({ kind: "gap", source: name, ...gap }, partition);
        },
        offered: (slots) => this.options.offered(name, slots.filter(isTaken)),
        down: (error) => this.down(dialer, error),
      },
    });
    return dialer;
  }

  private down(dialer: Dialer, error: LinkError): void {
    const { name, record, held, failed } = this.options;
    const taken = this.groups.closed(dialer);
    if (taken !== NO_GROUPS) this.options.left(name, taken);
    this.settle();
    const isNews = error.code !== "LINK_STANDBY" && !isComplete(held(), this.groups.all);
    if (isNews) record.become(error.isRefusal ? "refused" : "connecting", error.message);
    failed(error);
  }

  /** Another agent of this region has taken them. Where this one goes on to hold them it asks again. */
  private dropped(dialer: Dialer, groups: GroupSet): void {
    const taken = this.groups.dropped(dialer, groups);
    if (taken !== NO_GROUPS) this.options.left(this.options.name, taken);
    this.settle();
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.groups.forgive(dialer);
      this.settle();
    }, slotLimits.takeAgainMs);
    this.timers.add(timer);
  }
}

/** All that is held is linked. */
function isComplete(held: GroupSet, linked: GroupSet): boolean {
  return held !== NO_GROUPS && without(held, linked) === NO_GROUPS;
}

export function noteLinked(record: LinkRecord | undefined, held: GroupSet, linked: GroupSet): void {
  if (isComplete(held, linked)) record?.become("up");
  else if (record?.state === "up") record.become("connecting");
}

export function countBatch(record: LinkRecord | undefined, batch: Batch<Uint8Array>): void {
  let bytes = 0;
  let entries = 0;
  for (const { payload } of batch.entries) {
    bytes += payload.length;
    entries += entriesIn(payload);
  }
  record?.meter.count(entries, bytes, performance.now());
}
