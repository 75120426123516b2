/**
 * The server as a session sees it in front of a cluster: takes what the session would say to a lone server, which is the client's
 * reads as they came and calls of the function, has each node do what is its own, and gives the replies in the order of the
 * commands. What a single server does the session and its routers do; here is only where it is done.
 *
 * Invariants
 * 1. One reply for each command, in order.
 * 2. On one slot, the client's commands happen in the client's order (slot-lines.ts). On different nodes they may overlap, as those
 *    of a client of a cluster.
 * 3. A node that is lost is an error for what was asked of it, and nothing for the rest; a client that was listening there,
 *    or that the node at home has shut out, is closed.
 */
import { EventEmitter } from "node:events";
import { ClientQueue } from "./client-queue.js";
import { ClusterCommands } from "./cluster-commands.js";
import { CommandRouter } from "./command-router.js";
import type { Commander, HomeOptions, SlotOptions } from "./commander.js";
import { Identity } from "./identity.js";
import type { KeyCount } from "./keyspace-reads.js";
import { gatewayLimits } from "../limits.js";
import type { NodeConnection, NodeListener } from "./node-connection.js";
import { lostReply, NodeSet, type NodeSetOptions } from "./node-set.js";
import { NodeSubscriptions } from "./node-subscriptions.js";
import { NodeTransactions } from "./node-transactions.js";
import { Order, type OrderOptions } from "./order.js";
import type { ServerAddress } from "../server-connection.js";
import type { GatewayPlace } from "./topology.js";
import type { ServerSide } from "../server-side.js";
import { type LineHost, SlotLines } from "./slot-lines.js";

export interface ClusterConnectionOptions extends NodeSetOptions {
  readonly onReply: (chunk: Buffer) => void;
  /** The region's gateways, this one first; none: there is this one. */
  readonly announced: readonly GatewayPlace[];
  /** Shared by all clients of the process. */
  readonly keyCount: KeyCount;
  /** Where the client came in. */
  readonly localAddress: GatewayPlace;
}

const ASKING = Buffer.from("*1\r\n$6\r\nASKING\r\n");
const NOBODY = "nobody is known to have the slot";

export class ClusterConnection extends EventEmitter implements ServerSide, Commander, NodeListener, LineHost {
  readonly connecting = false;
  /** That no server is there is told by what is asked. */
  readonly bytesRead = 1;
  readonly identity = new Identity();
  readonly nodes: NodeSet;
  private readonly queue = new ClientQueue();
  private readonly lines = new SlotLines(this);
  private readonly router: CommandRouter;
  private readonly subscriptions = new NodeSubscriptions(this);
  private readonly transactions = new NodeTransactions(this);
  private readonly forgetMap: () => void;
  private readonly written = new Set<number>();
  private sequence = 0;
  private corked: Buffer[] | undefined;
  private paused = false;
  private wasFull = false;
  private closed = false;
  private flushing = false;

  constructor(private readonly options: ClusterConnectionOptions) {
    super();
    this.nodes = new NodeSet(options, this.identity, this);
    const cluster = new ClusterCommands(this, options.announced);
    const { subscriptions, transactions, queue } = this;
    this.router = new CommandRouter({
      commander: this,
      cluster,
      subscriptions,
      transactions,
      keyCount: options.keyCount,
      isQuiet: () => queue.length === 0,
    });
    this.forgetMap = options.map.onChange(() => {
      subscriptions.onTopology();
      this.nodes.flush();
    });
  }

  get localAddress(): GatewayPlace {
    return this.options.localAddress;
  }

  // What the session sees.

  get slotsWritten(): readonly number[] | "many" {
    return this.written.size > gatewayLimits.tokenSlotsMax ? "many" : [...this.written];
  }

  write(part: Buffer): boolean {
    if (this.corked !== undefined) {
      this.corked.push(part);
      return true;
    }
    this.router.feed(part);
    this.flush();
    return !this.writableNeedDrain;
  }

  cork(): void {
    this.corked = [];
  }

  /** Together, since a transaction is to be seen whole. */
  uncork(): void {
    const parts = this.corked ?? [];
    this.corked = undefined;
    if (parts.length > 0) this.write(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts));
  }

  get writableLength(): number {
    const { nodes, router, queue } = this;
    const waiting = Math.max(0, router.waitingBytes - gatewayLimits.waitingBytesMax);
    return nodes.bytesWaiting + waiting + Math.max(0, queue.length - gatewayLimits.clusterRepliesMax);
  }

  get writableNeedDrain(): boolean {
    const isFull = this.writableLength > 0;
    this.wasFull ||= isFull;
    return isFull;
  }

  pause(): void {
    this.paused = true;
    this.nodes.pause();
  }

  resume(): void {
    this.paused = false;
    this.nodes.resume();
    this.flush();
  }

  isPaused(): boolean {
    return this.paused;
  }

  destroy(): void {
    if (this.closed) return;
    this.closed = true;
    this.forgetMap();
    this.lines.stop();
    this.nodes.destroy();
    setImmediate(() => this.emit("close"));
  }

  // What the parts that know commands see.

  owe(): (reply: Buffer) => void {
    const owed = this.queue.owe();
    return (reply) => (owed.reply = reply);
  }

  toSlot(slot: number, bytes: readonly Buffer[], options: SlotOptions): void {
    if (options.isRead !== true && options.confirms !== true) this.wrote(slot);
    const { isRead, replies, isUnit, confirms, done } = options;
    const order = new Order({ slot, bytes, isRead, replies, isUnit, confirms, done });
    order.sequence = ++this.sequence;
    if (!this.lines.take(order)) this.sendToSlot(slot, order);
  }

  wrote(slot: number): void {
    if (this.written.size <= gatewayLimits.tokenSlotsMax) this.written.add(slot);
  }

  toHome(bytes: readonly Buffer[], options: HomeOptions): void {
    const home = this.nodes.openHome();
    const order = this.order({ ...options, bytes });
    if (home === undefined) order.done(lostReply("an unknown place", NOBODY), undefined);
    else this.nodes.send(home, order);
  }

  toNode(node: NodeConnection, bytes: readonly Buffer[], options: HomeOptions): void {
    const order = this.order({ ...options, bytes });
    if (node.closed) order.done(lostReply(node.text, "connection closed"), undefined);
    else this.nodes.send(node, order);
  }

  tell(message: Buffer): void {
    this.queue.giveNow(message);
  }

  // What the lines of slots that move see.

  flying(slot: number): Order[] {
    const orders = this.nodes.all().flatMap((node) => node.flying());
    return orders.filter((order) => order.slot === slot);
  }

  sendToSlot(slot: number, order: Order): void {
    const address = this.nodes.map.ownerOf(slot);
    if (address === undefined) this.lines.onLost(order, lostReply("an unknown place", NOBODY));
    else this.nodes.send(this.nodes.open(address), order);
  }

  sendAsking(address: ServerAddress, order: Order): void {
    const node = this.nodes.open(address);
    this.nodes.send(node, new Order({ bytes: [ASKING], done: () => undefined }));
    this.nodes.send(node, order);
  }

  moved(slot: number, host: string, port: number, from: NodeConnection): void {
    this.nodes.map.learn(slot, host, port, from.address);
  }

  addressOf(host: string, port: number, from: NodeConnection): ServerAddress {
    return this.nodes.map.addressOf(host, port, from.address);
  }

  finish(order: Order, reply: Buffer, from: NodeConnection | undefined): void {
    order.done(reply, from);
  }

  // What connections to nodes tell.

  onReply(order: Order, reply: Buffer, from: NodeConnection): void {
    this.lines.onReply(order, reply, from);
  }

  onMessage(message: Buffer, from: NodeConnection): void {
    this.subscriptions.onMessage(message, from);
  }

  onPause(): void {
    this.flush();
  }

  onDrain(): void {
    this.tellDrained();
  }

  onLost(from: NodeConnection, orders: readonly Order[], reason: string): void {
    const wasHome = from === this.nodes.home;
    this.nodes.forget(from);
    if (this.closed) return;
    this.transactions.onLost(from);
    const reply = lostReply(from.text, reason);
    for (const order of orders) this.lines.onLost(order, reply);
    this.flush();
    this.subscriptions.onLost(from, wasHome);
    if (wasHome && this.router.quits) this.destroy();
    else if (wasHome && from.connected) this.closeIfShutOut(from.address);
  }

  /** Sends what is to be sent, and gives what can be given. */
  flush(): void {
    if (this.flushing || this.closed) return;
    this.flushing = true;
    this.nodes.flush();
    let ready: Buffer | undefined;
    while (!this.paused && !this.closed && (ready = this.queue.take()) !== undefined) {
      this.options.onReply(ready);
      this.router.goOn();
      this.nodes.flush();
    }
    this.flushing = false;
    this.tellDrained();
  }

  private order(options: OrderOptions): Order {
    const order = new Order(options);
    order.sequence = ++this.sequence;
    return order;
  }

  private tellDrained(): void {
    if (!this.wasFull || this.writableLength > 0) return;
    this.wasFull = false;
    this.emit("drain");
  }

  /** A node that is there has ended the connection of its own will: somebody said CLIENT KILL, or the like. */
  private closeIfShutOut(address: ServerAddress): void {
    const probe = this.options.connectors.to(address)(() => undefined);
    probe.once("connect", () => {
      probe.destroy();
      this.destroy();
    });
    probe.on("error", () => probe.destroy());
  }
}
