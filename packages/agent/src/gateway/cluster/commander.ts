/** What the parts that know commands may do with nodes and replies; it is one client's. */
import type { OrderDone, OrderOptions } from "./order.js";
import type { NodeConnection } from "./node-connection.js";
import type { NodeSet } from "./node-set.js";
import type { Identity } from "./identity.js";
import type { CommandView } from "./command-view.js";

export interface Commander {
  readonly nodes: NodeSet;
  readonly identity: Identity;
  /** A reply is due: the place of the command in the client's order. Call it once, with the reply. */
  owe(): (reply: Buffer) => void;
  /** To who has the slot. */
  toSlot(slot: number, bytes: readonly Buffer[], options: SlotOptions): void;
  /** What is done by `toNode` writes in the slot. */
  wrote(slot: number): void;
  toHome(bytes: readonly Buffer[], options: HomeOptions): void;
  /** False: it is not there any more, and nothing is sent. */
  toNode(node: NodeConnection, bytes: readonly Buffer[], options: HomeOptions): void;
  /** The client, as it came in. */
  readonly localAddress: { readonly host: string; readonly port: number };
  /** Nothing can go on as it was: the client is closed. */
  destroy(): void;
  /** A message to the client. */
  tell(message: Buffer): void;
}

export type SlotOptions = Pick<OrderOptions, "isRead" | "replies" | "isUnit" | "confirms"> & {
  readonly done: OrderDone;
};
export type HomeOptions = Omit<SlotOptions, "isRead">;

/** One that is sent as it came. */
export function asItCame(given: CommandView): Buffer[] {
  return [given.whole];
}
