/**
 * Slots that are on the move, as one client sees them. What a node sends on (MOVED, ASK) or puts off (TRYAGAIN) is asked again
 * where the slot is, and the client never hears of it.
 *
 * Invariants
 * 1. The order of the client's commands on a slot: from the first one that was sent on, nothing of the slot is sent before all that
 *    is on the way has come back; then one goes at a time, until none is left.
 * 2. A read that was answered before an earlier command of its slot was done is asked again: its answer may be of before.
 * 3. A write is sent again only when a node said that it did nothing.
 */
import type { NodeConnection } from "./node-connection.js";
import { errorReply } from "../errors.js";
import { gatewayLimits } from "../limits.js";
import { type Order, type Redirection, redirectionOf } from "./order.js";
import type { ServerAddress } from "../server-connection.js";

export interface LineHost {
  /** Those of the slot that are on the way, in their order. */
  flying(slot: number): Order[];
  /** Where it goes is what the map says now. */
  sendToSlot(slot: number, order: Order): void;
  /** To a node that does not have the slot yet. */
  sendAsking(address: ServerAddress, order: Order): void;
  moved(slot: number, host: string, port: number, from: NodeConnection): void;
  addressOf(host: string, port: number, from: NodeConnection): ServerAddress;
  finish(order: Order, reply: Buffer, from: NodeConnection | undefined): void;
  /** What was sent goes out, outside of the client's own turn. */
  flush(): void;
}

interface Waiting {
  readonly order: Order;
  flying: boolean;
  /** A node that it is to be asked of out of turn. */
  askOf: ServerAddress | undefined;
}

interface Line {
  readonly slot: number;
  readonly waiting: Waiting[];
  timer: NodeJS.Timeout | undefined;
}

export class SlotLines {
  private readonly lines = new Map<number, Line>();

  constructor(private readonly host: LineHost) {}

  /** True where the slot is on the move: it is sent when its turn comes. */
  take(order: Order): boolean {
    const line = order.slot === undefined ? undefined : this.lines.get(order.slot);
    if (line === undefined) return false;
    line.waiting.push({ order, flying: false, askOf: undefined });
    return true;
  }

  onReply(order: Order, reply: Buffer, from: NodeConnection): void {
    const { slot } = order;
    const redirection = slot === undefined ? undefined : redirectionOf(order, reply);
    const line = slot === undefined ? undefined : this.lineOf(slot, order, redirection);
    const place = line?.waiting.find((one) => one.order === order);
    if (line === undefined || place === undefined) {
      this.host.finish(order, reply, from);
      return;
    }
    place.flying = false;
    if (redirection !== undefined) this.sentOn(line, place, redirection, from);
    else if (!order.isRead || line.waiting[0] === place) this.leave(line, place, reply, from);
    this.goOn(line);
  }

  /** Its connection is lost. */
  onLost(order: Order, reply: Buffer): void {
    const line = order.slot === undefined ? undefined : this.lines.get(order.slot);
    const place = line?.waiting.find((one) => one.order === order);
    if (line === undefined || place === undefined) {
      this.host.finish(order, reply, undefined);
      return;
    }
    this.leave(line, place, reply, undefined);
    this.goOn(line);
  }

  stop(): void {
    for (const { timer } of this.lines.values()) clearTimeout(timer);
    this.lines.clear();
  }

  private lineOf(slot: number, order: Order, redirection: Redirection | undefined): Line | undefined {
    const line = this.lines.get(slot);
    if (line !== undefined || redirection === undefined) return line;
    const orders = [order, ...this.host.flying(slot)].toSorted((one, other) => one.sequence - other.sequence);
    const waiting = orders.map((one) => ({ order: one, flying: true, askOf: undefined }));
    const begun: Line = { slot, waiting, timer: undefined };
    this.lines.set(slot, begun);
    return begun;
  }

  private sentOn(line: Line, place: Waiting, redirection: Redirection, from: NodeConnection): void {
    const { order } = place;
    const nowMs = performance.now();
    const isFirst = order.untilMs === 0;
    if (isFirst) order.untilMs = nowMs + gatewayLimits.slotMovingMsMax;
    if (nowMs > order.untilMs) {
      const seconds = gatewayLimits.slotMovingMsMax / 1000;
      this.leave(line, place, errorReply("slotMoving", { slot: line.slot, seconds }), undefined);
      return;
    }
    if (redirection.kind === "moved") this.host.moved(line.slot, redirection.host, redirection.port, from);
    if (redirection.kind === "ask") place.askOf = this.host.addressOf(redirection.host, redirection.port, from);
    if (redirection.kind === "again" || !isFirst) this.rest(line);
  }

  /** Asked again at once it would hear the same. */
  private rest(line: Line): void {
    line.timer ??= setTimeout(() => {
      line.timer = undefined;
      this.goOn(line);
      this.host.flush();
    }, gatewayLimits.slotMovingRetryMs);
  }

  private leave(line: Line, place: Waiting, reply: Buffer, from: NodeConnection | undefined): void {
    line.waiting.splice(line.waiting.indexOf(place), 1);
    this.host.finish(place.order, reply, from);
  }

  private goOn(line: Line): void {
    if (line.timer !== undefined || line.waiting.some(({ flying }) => flying)) return;
    const [next] = line.waiting;
    if (next === undefined) {
      this.lines.delete(line.slot);
      return;
    }
    next.flying = true;
    const { askOf, order } = next;
    next.askOf = undefined;
    if (askOf === undefined) this.host.sendToSlot(line.slot, order);
    else this.host.sendAsking(askOf, order);
  }
}
