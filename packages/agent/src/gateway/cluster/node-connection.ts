/**
 * A client's connection to one node: made when it is needed, as the user that the client is. Orders go out in their order, and
 * replies come back so; what comes between is a message.
 */
import type { Socket } from "node:net";
import { Outbox, type Slab } from "../bytes.js";
import { Fifo } from "./fifo.js";
import type { Order } from "./order.js";
import { ReplyReader } from "./reply-reader.js";
import { type ServerAddress, serverAddressText, type ServerConnector } from "../server-connection.js";

const GREATER = 62;
const STAR = 42;
const HEAD_BYTES_MAX = 40;
const MESSAGE = /^[*>]\d+\r\n\$\d+\r\n(message|pmessage|smessage)\r\n/;
const CONFIRMATION = /^[*>]3\r\n\$\d+\r\n[ps]?(un)?subscribe\r\n/;

export interface NodeListener {
  onReply(order: Order, reply: Buffer, from: NodeConnection): void;
  /** Of a subscription. */
  onMessage(message: Buffer, from: NodeConnection): void;
  /** What came at once has been dealt with. */
  onPause(): void;
  onDrain(): void;
  /** `orders` are not answered. */
  onLost(from: NodeConnection, orders: readonly Order[], reason: string): void;
}

export class NodeConnection {
  /** Commands about subscriptions have been sent on it. */
  subscribes = false;
  closed = false;
  /** It was there once. */
  connected = false;
  private readonly orders = new Fifo<Order>();
  private readonly reader = new ReplyReader();
  private readonly out: Outbox;
  /** Put together at once: of several nodes in turns each piece would be a write of its own. */
  private readonly unsent: Buffer[] = [];
  private readonly socket: Socket;
  private reason = "connection closed";

  constructor(
    readonly address: ServerAddress,
    connect: ServerConnector,
    slab: Slab,
    private readonly listener: NodeListener,
  ) {
    this.out = new Outbox(slab);
    this.socket = connect((chunk) => this.onBytes(chunk));
    this.socket.once("connect", () => (this.connected = true));
    this.socket.on("drain", () => listener.onDrain());
    this.socket.on("error", (error: NodeJS.ErrnoException) => (this.reason = error.code ?? error.message));
    this.socket.once("close", () => this.onClosed());
  }

  /** As a person reads it. */
  get text(): string {
    return serverAddressText(this.address);
  }

  get idle(): boolean {
    return this.orders.length === 0;
  }

  get isFull(): boolean {
    return this.socket.writableNeedDrain && this.socket.writableLength > 0;
  }

  get bytesWaiting(): number {
    return this.socket.writableLength;
  }

  /** Goes out with `flush`. */
  send(order: Order): void {
    this.orders.push(order);
    this.subscribes ||= order.confirms;
    for (const part of order.bytes) this.unsent.push(part);
  }

  flush(): void {
    const { unsent, out } = this;
    if (unsent.length === 0) return;
    for (const part of unsent) out.append(part, 0, part.length);
    unsent.length = 0;
    out.drainTo(this.socket);
  }

  /** Those that are on the way. */
  flying(): Order[] {
    return this.orders.all();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private onBytes(chunk: Buffer): void {
    if (this.closed) return;
    this.reader.feed(chunk, (reply) => this.onWhole(reply));
    if (this.reader.failed) {
      this.reason = "it does not speak RESP";
      this.destroy();
    }
    this.listener.onPause();
  }

  private onWhole(reply: Buffer): void {
    const order = this.orders.head;
    const type = reply[0];
    if (type === GREATER || (this.subscribes && type === STAR)) {
      const head = reply.toString("latin1", 0, HEAD_BYTES_MAX);
      const isAnswer = order?.confirms === true && CONFIRMATION.test(head);
      if (!isAnswer && (type === GREATER || MESSAGE.test(head) || CONFIRMATION.test(head))) {
        this.listener.onMessage(reply, this);
        return;
      }
    }
    if (order === undefined) return;
    const whole = order.take(reply);
    if (whole === undefined) return;
    this.orders.shift();
    this.listener.onReply(order, whole, this);
  }

  private onClosed(): void {
    this.closed = true;
    this.listener.onLost(this, this.orders.takeAll(), this.reason);
  }
}
