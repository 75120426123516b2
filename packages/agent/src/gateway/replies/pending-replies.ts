/**
 * What the client is still owed, in the order of its commands, as runs of the same kind: a ring of plain numbers, so
 * that a pipeline of a thousand reads is one number. Replies of the gateway's own wait here for their turn.
 */

/** How the reply to a command is passed on. */
export const ReplyKind = {
  /** As it comes. */
  forward: 0,
  /** The reply of one function call: an error that says the function is missing is put into other words. */
  call: 1,
  /** One array holds the replies to `count` commands. */
  batch: 2,
  /** Not from the server: `locals` has it. */
  local: 3,
  /** `count` confirmations of SUBSCRIBE or the like, one for each channel; or one error for all. */
  subscription: 4,
  /** UNSUBSCRIBE, PUNSUBSCRIBE without channels: as many confirmations as there are subscriptions, at least one. */
  unsubscribeAll: 5,
  punsubscribeAll: 6,
  monitor: 7,
  reset: 8,
  /** `count` replies come by the lane. */
  lane: 9,
  /** As `call`, and errors that have the call's name in them get that of the command: `names` has it. */
  named: 10,
  sunsubscribeAll: 11,
  /** Not for the client. */
  swallow: 12,
  /** The reply of one call that is a whole transaction. */
  transaction: 13,
  /** The array around the replies to the parts of a transaction: `executions` has what is in it. */
  execution: 14,
  /** As `named`, but nil is not for the client: the command waits then. */
  peek: 15,
  /** As `call`, of a batch whose array has come: the function is there. */
  element: 16,
  /** HELLO: its reply tells which protocol is spoken from now on. */
  hello: 17,
  /** Held until it is whole; `amenders` says what the client gets for it. */
  amended: 18,
  /** As `call`, and its nil becomes that of an array. */
  arrayOrNil: 19,
} as const;

export type ReplyKind = (typeof ReplyKind)[keyof typeof ReplyKind];

/** Each reply to such a call takes one off its run. */
export function isConsumed(kind: ReplyKind): boolean {
  const isOfOne = kind === ReplyKind.call || kind === ReplyKind.arrayOrNil;
  return isOfOne || kind === ReplyKind.element || kind === ReplyKind.transaction;
}

export function isCall(kind: ReplyKind): boolean {
  return isConsumed(kind) || kind === ReplyKind.named;
}

/** What a subscription's confirmation may answer. */
export function mayConfirm(kind: ReplyKind): boolean {
  return (kind >= ReplyKind.subscription && kind <= ReplyKind.reset) || kind === ReplyKind.sunsubscribeAll;
}

/** These come like the messages that they announce, to whoever wants no replies too. */
function isConfirmation(kind: ReplyKind): boolean {
  return mayConfirm(kind) && kind !== ReplyKind.monitor && kind !== ReplyKind.reset;
}

/** What becomes of a reply that is not passed on as it comes. */
export interface Amended {
  /** What the client gets; nothing where it is not for the client. */
  readonly give?: Buffer;
  /** It is the answer that a command waits for. */
  readonly peeked?: Peeked;
}

/** A command that may have to wait found nothing, or something, or was refused. */
export type Peeked = "nothing" | "something" | "error";

/** Takes a whole reply, its bytes as they came; they are lent. */
export type Amender = (reply: Buffer) => Amended;

/** The name of an XREADGROUP that is tried again; no command has it. */
export const STREAM_AGAIN = "xreadgroup again";

const KINDS = 32;
const INITIAL_RUNS = 8;
const NOTHING = Buffer.alloc(0);

/** The server was sent `parts` between MULTI and EXEC; what the client is to get for them. */
export interface Execution {
  readonly parts: number;
  /** How many commands of the client's they answer. */
  readonly commands: number;
  readonly runs: readonly (readonly [kind: ReplyKind, count: number])[];
}

export class PendingReplies {
  private ring = new Float64Array(INITIAL_RUNS);
  private first = 0;
  private length = 0;
  private locals: Buffer[] = [];
  private readonly names: string[] = [];
  private readonly executions: Execution[] = [];
  private readonly amenders: Amender[] = [];
  /** Bytes of `locals`. */
  localBytes = 0;
  /** The client has part of a reply or message: nothing else may come in between. */
  midReply = false;
  /** The server let the client in: a command of its own connection succeeded that needs that. */
  proven = false;
  /** Messages may come, and little is allowed. */
  subscribed = false;
  /** Replies that the lane owes. */
  onLane = 0;
  /** The client speaks RESP3. */
  respThree = false;
  /** The client wants no reply to what follows (CLIENT REPLY): what the server says to it is not for the client. */
  silent = false;

  get runs(): number {
    return this.length;
  }

  get empty(): boolean {
    return this.length === 0;
  }

  get kind(): ReplyKind {
    return ((this.ring[this.first] as number) % KINDS) as ReplyKind;
  }

  get count(): number {
    return Math.floor((this.ring[this.first] as number) / KINDS);
  }

  push(wanted: ReplyKind, replies: number): void {
    const silent = this.silent && !isConfirmation(wanted);
    const kind = silent ? ReplyKind.swallow : wanted;
    const count = silent && wanted === ReplyKind.batch ? 1 : replies;
    const mask = this.ring.length - 1;
    if (this.length > 0 && (kind <= ReplyKind.call || kind === ReplyKind.lane || kind === ReplyKind.swallow)) {
      const last = (this.first + this.length - 1) & mask;
      const value = this.ring[last] as number;
      if (value % KINDS === kind) {
        this.ring[last] = value + count * KINDS;
        return;
      }
    }
    if (this.length === this.ring.length) this.grow();
    this.ring[(this.first + this.length) & (this.ring.length - 1)] = count * KINDS + kind;
    this.length++;
  }

  pushLocal(reply: Buffer): void {
    if (this.silent) return;
    this.push(ReplyKind.local, 1);
    this.locals.push(reply);
    this.localBytes += reply.length;
  }

  /** `kind`: named or peek. */
  pushNamed(command: string, kind: ReplyKind = ReplyKind.named): void {
    this.push(kind, 1);
    if (!this.silent) this.names.push(command);
  }

  pushExecution(execution: Execution): void {
    this.push(ReplyKind.execution, 1);
    if (!this.silent) this.executions.push(execution);
  }

  /** Who wants no reply gets none, but what the reply does is done. */
  pushAmended(amender: Amender): void {
    const { silent } = this;
    this.silent = false;
    this.push(ReplyKind.amended, 1);
    this.silent = silent;
    this.amenders.push(silent ? (reply) => ({ ...amender(reply), give: NOTHING }) : amender);
  }

  /** Of the head, which is done. */
  takeAmender(): Amender {
    this.shift();
    return this.amenders.shift() as Amender;
  }

  get execution(): Execution {
    return this.executions[0] as Execution;
  }

  /** What the server says to the head is the reply to all of it. */
  refuseExecution(): void {
    this.executions.shift();
    this.replaceHead(ReplyKind.forward, 1);
  }

  /** The head's replies follow. */
  openExecution(): void {
    const runs = this.executions.shift()?.runs ?? [];
    this.shift();
    for (const [kind, count] of runs.toReversed()) this.unshift(kind, count);
  }

  /** The command of the head, which is of the kind `named` or `peek`, and is done. */
  takeNamed(): string {
    this.shift();
    return this.names.shift() ?? "";
  }

  /** The command noted last will not be answered after all. */
  dropLast(): void {
    const last = (this.first + this.length - 1) & (this.ring.length - 1);
    const value = this.ring[last] as number;
    if (value >= 2 * KINDS) this.ring[last] = value - KINDS;
    else this.length--;
    if (value % KINDS === ReplyKind.named) this.names.pop();
    if (value % KINDS === ReplyKind.amended) this.amenders.pop();
  }

  /** One reply of the head is done. */
  consume(): void {
    const value = this.ring[this.first] as number;
    if (value >= 2 * KINDS) this.ring[this.first] = value - KINDS;
    else this.shift();
  }

  /** `count` replies have come by the lane; they are the head's. */
  consumeLane(count: number): void {
    this.onLane -= count;
    const left = this.count - count;
    if (left > 0) this.replaceHead(ReplyKind.lane, left);
    else this.shift();
  }

  /** The head is done as a whole. */
  shift(): void {
    this.first = (this.first + 1) & (this.ring.length - 1);
    this.length--;
  }

  /** The head becomes `count` replies of another kind. */
  replaceHead(kind: ReplyKind, count: number): void {
    this.ring[this.first] = count * KINDS + kind;
  }

  /** The gateway's own replies at the head, whose turn has come. */
  takeLocals(): Buffer[] {
    let ready = 0;
    while (this.length > 0 && this.kind === ReplyKind.local) {
      this.localBytes -= (this.locals[ready] as Buffer).length;
      ready++;
      this.shift();
    }
    return this.locals.splice(0, ready);
  }

  private unshift(kind: ReplyKind, count: number): void {
    if (this.length === this.ring.length) this.grow();
    this.first = (this.first - 1) & (this.ring.length - 1);
    this.ring[this.first] = count * KINDS + kind;
    this.length++;
  }

  private grow(): void {
    const ring = new Float64Array(this.ring.length * 2);
    for (let index = 0; index < this.length; index++) {
      ring[index] = this.ring[(this.first + index) & (this.ring.length - 1)] as number;
    }
    this.ring = ring;
    this.first = 0;
  }
}
