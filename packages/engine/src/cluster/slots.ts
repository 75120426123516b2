/**
 * A region whose partitions are hash slots: a cluster, or one server in a deployment that has a cluster somewhere.
 * `Engine.slots` is one of these; what an Engine does itself (`call`, `redis`, `root`) is about the control slot then.
 *
 * 1. A call goes to whoever has the slot, and follows MOVED, ASK and TRYAGAIN while slots move. One whose connection broke is
 *    rejected (MERIDIAN_SERVERDOWN), never sent twice.
 *    Calls to one slot arrive in the order in which they were made unless they are sent on; who needs an order waits for each.
 * 2. `up` comes for slots whose node has the library and whose partition is configured: at first, after its process was
 *    another one, and after the slot moved. Between `down` and `up` a slot is not known to work.
 */
import type { Redis } from "ioredis";
import type { Address } from "../address.js";

/** One primary. */
export interface SlotNode {
  /** `<id in the cluster>@<address>`, of a lone server its address: the same as long as it is the same node at the same address. */
  readonly id: string;
  readonly address: Address;
  /** For what concerns the process, not a slot (INFO, CONFIG, calls without keys); never block it. */
  readonly redis: Redis;
  readonly isUp: boolean;
  /** Those it has now, in their order. */
  readonly slots: readonly number[];
}

export interface SlotsEvents {
  up: [slots: readonly number[]];
  down: [slots: readonly number[]];
  /** Nodes came, went, or have other slots; `up` and `down` tell what became of the slots. */
  topology: [];
}

export interface Slots {
  /** The primaries that have slots, as known now. */
  readonly nodes: readonly SlotNode[];
  /** Undefined: nobody is known to have it. */
  nodeOf(slot: number): SlotNode | undefined;
  isUp(slot: number): boolean;
  /** How many are. */
  readonly upCount: number;
  /**
   * What `members` tells of the control partition after a change: every other partition has it when this resolves. Rejects where some
   * are down (MERIDIAN_SLOTSBEHIND) or on their way; those that are down get it before they are `up`. Again: no effect, and cheap.
   */
  follow(members: unknown): Promise<void>;
  /** As Engine.call, in the partition of the slot. */
  call(slot: number, command: string, ...args: (string | Buffer)[]): Promise<unknown>;
  callBuffer(slot: number, command: string, ...args: (string | Buffer)[]): Promise<unknown>;
  /** Any command whose keys lie in the slot, at its primary; replies as UTF-8 strings. */
  command(slot: number, name: string, ...args: (string | Buffer)[]): Promise<unknown>;
  commandBuffer(slot: number, name: string, ...args: (string | Buffer)[]): Promise<unknown>;
  on<Name extends keyof SlotsEvents>(event: Name, listener: (...args: SlotsEvents[Name]) => void): this;
  off<Name extends keyof SlotsEvents>(event: Name, listener: (...args: SlotsEvents[Name]) => void): this;
}
