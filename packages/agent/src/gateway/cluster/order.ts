/** What is asked of one node on a client's behalf, and what nodes answer when a slot is elsewhere. */
import type { NodeConnection } from "./node-connection.js";

export type OrderDone = (reply: Buffer, from: NodeConnection | undefined) => void;

export interface OrderOptions {
  /** In which the keys lie; none: it goes to one node, whatever the slots do. */
  readonly slot?: number | undefined;
  readonly bytes: readonly Buffer[];
  /** Whole replies that answer it; they are given as one. */
  readonly replies?: number | undefined;
  /** It may be asked again without harm. */
  readonly isRead?: boolean | undefined;
  /** Its replies are those of SUBSCRIBE and the like. */
  readonly confirms?: true | undefined;
  /** Of a transaction by the server's own MULTI. */
  readonly isUnit?: true | undefined;
  readonly done: OrderDone;
}

export class Order {
  readonly slot: number | undefined;
  readonly bytes: readonly Buffer[];
  readonly count: number;
  readonly isRead: boolean;
  readonly confirms: boolean;
  readonly isUnit: boolean;
  readonly done: OrderDone;
  /** In the order of the client's commands. */
  sequence = 0;
  /** Until when it is sent on, once a node sent it on. */
  untilMs = 0;
  private replies: Buffer[] = [];

  constructor({ slot, bytes, replies = 1, isRead = false, confirms, isUnit, done }: OrderOptions) {
    this.slot = slot;
    this.bytes = bytes;
    this.count = replies;
    this.isRead = isRead;
    this.confirms = confirms === true;
    this.isUnit = isUnit === true;
    this.done = done;
  }

  /** Its replies together, once the last has come. */
  take(reply: Buffer): Buffer | undefined {
    if (this.count === 1) return reply;
    this.replies.push(reply);
    // An error is the answer to a whole SUBSCRIBE.
    if (this.confirms && reply[0] === ERROR) return this.whole();
    return this.replies.length === this.count ? this.whole() : undefined;
  }

  private whole(): Buffer {
    const { replies } = this;
    this.replies = [];
    return replies.length === 1 ? (replies[0] as Buffer) : Buffer.concat(replies);
  }
}

const ERROR = 45;

export type Redirection =
  | { readonly kind: "moved" | "ask"; readonly host: string; readonly port: number }
  | { readonly kind: "again" };

const SENT_ON = /^-(MOVED|ASK) \d+ ([^\r\n ]*):(\d+)\r\n/;
const AGAIN = "-TRYAGAIN";
/** Within the replies to MULTI, the commands, and EXEC. */
const SENT_ON_WITHIN = /\r\n-(MOVED|ASK|TRYAGAIN) /;

/** Undefined: it is the answer. */
export function redirectionOf(order: Order, reply: Buffer): Redirection | undefined {
  if (order.isUnit) return redirectionOfUnit(reply);
  if (reply[0] !== ERROR) return undefined;
  const line = reply.toString("latin1");
  if (line.startsWith(AGAIN)) return { kind: "again" };
  const found = SENT_ON.exec(line);
  if (found === null) return undefined;
  return { kind: found[1] === "ASK" ? "ask" : "moved", host: found[2] as string, port: Number(found[3]) };
}

/** Nothing of it was done: EXEC was refused, or the call within it did nothing. */
export function redirectionOfUnit(reply: Buffer): Redirection | undefined {
  const text = reply.toString("latin1");
  const found = SENT_ON_WITHIN.exec(text);
  if (found === null) return undefined;
  const moved = /\r\n-MOVED \d+ ([^\r\n ]*):(\d+)\r\n/.exec(text);
  return moved === null ? { kind: "again" } : { kind: "moved", host: moved[1] as string, port: Number(moved[2]) };
}
