/**
 * One client's connections to the nodes of its region: made when they are needed, as the user that the client is. All that
 * concerns the connection itself (CLIENT, PING, INFO, SUBSCRIBE) goes to the one at home, the node of the control slot.
 */
import { CONTROL_SLOT } from "@meridian/core";
import type { Slab } from "../bytes.js";
import { errorReply } from "../errors.js";
import type { Identity } from "./identity.js";
import { NodeConnection, type NodeListener } from "./node-connection.js";
import { Order } from "./order.js";
import { type ServerAddress, serverConnector, type ServerConnector } from "../server-connection.js";
import { placeOf, type SlotMap } from "./topology.js";

/** All clients of a process make their connections by these: plain ones read into one buffer for each node. */
export class Connectors {
  private readonly byPlace = new Map<string, ServerConnector>();

  to(address: ServerAddress): ServerConnector {
    const place = placeOf(address);
    let connector = this.byPlace.get(place);
    if (connector === undefined) this.byPlace.set(place, (connector = serverConnector(address)));
    return connector;
  }
}

export interface NodeSetOptions {
  readonly map: SlotMap;
  readonly connectors: Connectors;
  readonly slab: Slab;
}

export class NodeSet {
  private readonly byPlace = new Map<string, NodeConnection>();
  private readonly dirty = new Set<NodeConnection>();
  private atHome: NodeConnection | undefined;
  private paused = false;

  constructor(
    private readonly options: NodeSetOptions,
    private readonly identity: Identity,
    private readonly listener: NodeListener,
  ) {}

  get map(): SlotMap {
    return this.options.map;
  }

  /** Undefined: there is none yet. */
  get home(): NodeConnection | undefined {
    return this.atHome;
  }

  /** Undefined: nobody is known to have the control slot. */
  openHome(): NodeConnection | undefined {
    if (this.atHome !== undefined) return this.atHome;
    const address = this.map.ownerOf(CONTROL_SLOT);
    return address === undefined ? undefined : (this.atHome = this.open(address));
  }

  open(address: ServerAddress): NodeConnection {
    const place = placeOf(address);
    const found = this.byPlace.get(place);
    if (found !== undefined) return found;
    const { connectors, slab } = this.options;
    const node = new NodeConnection(address, connectors.to(address), slab, this.listener);
    this.byPlace.set(place, node);
    if (this.paused) node.pause();
    for (const bytes of this.identity.greetings()) this.send(node, silent(bytes));
    return node;
  }

  /** Those that are there. */
  all(): NodeConnection[] {
    return [...this.byPlace.values()];
  }

  /** Of every node that has slots, made where it is not there. */
  everywhere(): { node: NodeConnection; slot: number }[] {
    return this.map.holders().map(({ address, slot }) => ({ node: this.open(address), slot }));
  }

  send(node: NodeConnection, order: Order): void {
    node.send(order);
    this.dirty.add(node);
  }

  /** To all but home, and to those that are made later, by their greetings. */
  repeat(bytes: Buffer): void {
    for (const node of this.all()) if (node !== this.atHome) this.send(node, silent(bytes));
  }

  flush(): void {
    for (const node of this.dirty) node.flush();
    this.dirty.clear();
  }

  forget(node: NodeConnection): void {
    if (this.byPlace.get(placeOf(node.address)) === node) this.byPlace.delete(placeOf(node.address));
    this.dirty.delete(node);
    if (this.atHome === node) this.atHome = undefined;
  }

  get bytesWaiting(): number {
    let bytes = 0;
    for (const node of this.byPlace.values()) if (node.isFull) bytes += node.bytesWaiting;
    return bytes;
  }

  pause(): void {
    this.paused = true;
    for (const node of this.all()) node.pause();
  }

  resume(): void {
    this.paused = false;
    for (const node of this.all()) node.resume();
  }

  destroy(): void {
    for (const node of this.all()) node.destroy();
  }

  /** All but home leave. */
  leaveOthers(): void {
    for (const node of this.all()) if (node !== this.atHome) node.destroy();
  }
}

/** Whose reply is not for the client. */
export function silent(bytes: Buffer): Order {
  return new Order({ bytes: [bytes], done: () => undefined });
}

export function lostReply(address: string, reason: string): Buffer {
  return errorReply("serverDown", { address, reason });
}
