/**
 * The way of the client's bytes: finds commands in them and decides, by name and keys alone, what becomes of each.
 * Runs of reads go on as one piece, runs of writes become one function call, the rest is looked at singly. No sockets
 * here: bytes in, bytes out, and a note of what each command is owed.
 *
 * Invariants
 * 1. Every command gets exactly one entry in `pending`, or one answer, in the order of the commands.
 * 2. However the bytes are cut into pieces, the server sees the same commands (only their grouping into calls differs).
 * 3. Held: at most one incomplete command, up to `commandBytesMax`; beyond `streamBytesMin` only if its keys need it.
 * 4. Of what the lane owes and what the client's own connection owes, one is nothing.
 */
import type { Outbox } from "../bytes.js";
import { hasOption, takeApart } from "../commands/command-arguments.js";
import { lookUp } from "../commands/command-lookup.js";
import type { CommandEntry } from "@meridian/core";
import { WriteRun } from "./function-call.js";
import { HeldBytes } from "./held-bytes.js";
import { encodeCommand, splitInline } from "./inline-command.js";
import { LaneUse } from "../lane/lane-use.js";
import { LargeCommands } from "./large-commands.js";
import { gatewayLimits } from "../limits.js";
import { OwnAnswers } from "../replies/own-answers.js";
import { type Peeked, type PendingReplies, ReplyKind } from "../replies/pending-replies.js";
import { BROKEN, MORE, RequestScanner, UNPROVEN } from "./request-scanner.js";
import type { RouterContext } from "./router-context.js";
import { hasNilArray, SingleCommands } from "./single-commands.js";
import { Transactions } from "./transactions.js";
import { WaitingCommand } from "../waiting/waiting-command.js";

const STAR = 42;
const LF = 10;

/**
 * What the next command waits for: what the lane owes, or all that is owed; or for what becomes of the one before: the
 * protocol it asked for, the server's answer to our question, or the end of the waiting.
 */
type Stop = "lane" | "replies" | "protocol" | "answer" | "value";

export class RequestRouter {
  readonly lane: LaneUse;
  /** Sends what is to be sent and goes on, outside of `feed`: set by who owns the sockets. */
  flush: () => void = () => undefined;
  /** The command that may wait; commands after it wait with it. */
  readonly waiting: WaitingCommand;

  private stopped: Stop | undefined;
  private readonly transactions: Transactions;

  private readonly scanner: RequestScanner;
  private readonly answers: OwnAnswers;
  private readonly singles: SingleCommands;
  private readonly large: LargeCommands;
  private readonly held = new HeldBytes();
  private readonly writes = new WriteRun();
  /** The run goes by the lane. */
  private laned = false;
  private forwards = 0;
  private forwardStart = 0;

  constructor(
    private readonly context: RouterContext,
    private readonly server: Outbox,
    client: Outbox,
    private readonly pending: PendingReplies,
  ) {
    const { stats } = context;
    this.scanner = new RequestScanner(context.rootBytes);
    this.answers = new OwnAnswers(stats, client, pending);
    this.singles = new SingleCommands(context, this.scanner, server, pending);
    this.large = new LargeCommands(context, this.scanner, this.singles, this.answers, server, pending);
    this.lane = new LaneUse(context, this.singles, server, pending);
    this.waiting = new WaitingCommand(context, server, pending, this);
    this.transactions = new Transactions(context, this.scanner, this.singles, this.answers, server, pending);
  }

  /** Commands wait; `resume` when `mayResume`. */
  get blocked(): boolean {
    return this.stopped !== undefined;
  }

  get mayResume(): boolean {
    const { stopped, pending } = this;
    if (stopped === "lane") return pending.onLane === 0;
    return (stopped === "replies" || stopped === "protocol") && pending.empty && !pending.midReply;
  }

  /** Bytes of commands that wait. */
  get heldBytes(): number {
    return this.held.length;
  }

  get ended(): boolean {
    return this.answers.ended;
  }

  get aborted(): boolean {
    return this.answers.aborted;
  }

  /** The router keeps, and passes on, parts of `chunk`: the caller gives it away. */
  feed(chunk: Buffer): void {
    const { held, scanner, large } = this;
    if (this.ended) return;
    if (this.blocked) {
      held.add(chunk, 0);
      return;
    }
    let start = 0;
    if (large.active) {
      start = large.goOn(chunk, 0, chunk.length);
      if (this.ended || start >= chunk.length) return;
    }
    if (held.length === 0) {
      this.route(chunk, start, chunk.length, false);
      return;
    }
    held.add(chunk, scanner.needed);
    if (held.buffer[0] === STAR && held.length < scanner.needed) this.tryStream();
    else this.route(held.buffer, 0, held.length, held.buffer[0] === STAR);
  }

  /** The client sends no more: what has not come whole is not owed a reply. */
  endOfBytes(): void {
    this.large.abandon();
  }

  resume(): void {
    this.stopped = undefined;
    this.route(this.held.buffer, 0, this.held.length, false);
  }

  private route(buffer: Buffer, start: number, end: number, resumed: boolean): void {
    const { scanner } = this;
    let at = start;
    let goOn = resumed;
    scanner.limited = !this.pending.proven && this.context.lane?.loginNeeded === true;
    while (at < end) {
      if (!goOn && buffer[at] !== STAR) {
        this.flushRuns(buffer, at);
        const next = this.inline(buffer, at, end);
        if (next === MORE || this.isPutOff) break;
        at = next;
        if (this.ended) return;
        if (this.blocked) break;
        continue;
      }
      if (!goOn) scanner.begin(at);
      goOn = false;
      const next = scanner.scan(buffer, end);
      if (next < 0) {
        this.flushRuns(buffer, at);
        if (next === BROKEN) this.answers.protocolError(scanner.problem);
        if (next === UNPROVEN) this.awaitProof();
        break;
      }
      this.command(buffer, at, next, end);
      if (this.ended) return;
      if (this.isPutOff) break;
      at = next;
      if (this.blocked) break;
    }
    this.flushRuns(buffer, at);
    if (!this.ended) this.keep(buffer, at, end);
  }

  /** The client may be logging in with what it sent before. */
  private awaitProof(): void {
    const { pending, scanner, answers } = this;
    if (pending.empty && !pending.midReply) answers.protocolError(scanner.problem);
    else this.stopped = "replies";
  }

  /** The command from `at` to `next`; what has come ends at `end`. */
  private command(buffer: Buffer, at: number, next: number, end: number): void {
    if (this.scanner.argumentCount <= 0) {
      this.flushRuns(buffer, at);
      return;
    }
    if (!this.singles.skipsNext) {
      this.take(buffer, at, next, end);
      return;
    }
    this.singles.skipsNext = false;
    this.pending.silent = true;
    this.take(buffer, at, next, end);
    this.flushRuns(buffer, next);
    this.pending.silent = this.singles.wantsNone;
  }

  private take(buffer: Buffer, at: number, next: number, end: number): void {
    const { scanner } = this;
    const entry = lookUp(buffer, scanner.nameStart, scanner.nameEnd);
    const kind = entry?.kind;
    if (kind === "transaction" || this.transactions.open) {
      this.transacted(buffer, at, next, entry);
    } else if (entry?.awaits !== undefined || entry?.check === "wait" || entry?.check === "token") {
      this.mayWait(buffer, at, next, entry);
    } else if (kind === "write" && !this.singles.mayBeSubscribed && !isByItself(entry, scanner.argumentCount)) {
      this.write(buffer, at, next, entry);
    } else if (kind === "read" || kind === "session" || kind === "admin") {
      if (scanner.namesRoot || entry?.check !== undefined) this.single(buffer, at, next, entry);
      else if (entry?.shared === true && !this.differs(entry) && next === end && this.readByLane(buffer, at, next))
        return;
      else this.forward(buffer, at, entry?.changesClient === true);
    } else {
      this.single(buffer, at, next, entry);
    }
  }

  /** The command that stopped us is to be taken up again. */
  private get isPutOff(): boolean {
    return this.stopped === "lane" || this.stopped === "replies";
  }

  private transacted(buffer: Buffer, at: number, next: number, entry: CommandEntry | undefined): void {
    this.flushRuns(buffer, at);
    if (this.transactions.maySend(entry) && this.waitsForLane()) return;
    const step = this.transactions.take(buffer, at, next, entry);
    if (step === "forward") this.single(buffer, at, next, entry);
    else if (step !== "done") this.stopped = step === "asked" ? "answer" : "replies";
  }

  private mayWait(buffer: Buffer, at: number, next: number, entry: CommandEntry): void {
    this.flushRuns(buffer, at);
    if (this.waitsForLane()) return;
    // Without replies it can't be known when to try again.
    if (this.pending.silent) {
      this.single(buffer, at, next, entry);
      return;
    }
    const { argumentsStart, argumentCount } = this.scanner;
    const given = takeApart(buffer, argumentsStart, argumentCount);
    if (!this.waiting.take(Buffer.from(buffer.subarray(argumentsStart, next)), given, entry)) {
      this.single(buffer, at, next, entry);
      return;
    }
    this.stopped = "value";
    this.waiting.begin();
  }

  /** The client gets this reply, if any, and goes on. */
  endWaiting(reply: Buffer | undefined): void {
    if (reply !== undefined) this.answers.give(reply);
    this.resume();
    this.flush();
  }

  /** The reply to a question, or to a try, has begun. */
  onPeeked(peeked: Peeked): void {
    if (this.stopped !== "answer") {
      this.waiting.blocking?.onTried(peeked !== "nothing", peeked === "error");
      return;
    }
    this.transactions.onAnswer(peeked === "something");
    this.resume();
    this.flush();
  }

  private forward(buffer: Buffer, at: number, changesClient: boolean): void {
    if (this.writes.count > 0) this.flushRuns(buffer, at);
    if (this.waitsForLane()) return;
    if (changesClient) this.singles.noteChange(undefined);
    if (this.forwards === 0) this.forwardStart = at;
    this.forwards++;
  }

  /** A read that is all there is of the client. */
  private readByLane(buffer: Buffer, at: number, next: number): boolean {
    if (this.forwards > 0 || this.writes.count > 0 || next - at > gatewayLimits.batchedCommandBytesMax) return false;
    return this.lane.read(buffer, at, next);
  }

  /** Order: what the lane owes comes before anything that goes over the client's own connection. */
  private waitsForLane(): boolean {
    if (this.pending.onLane === 0) return false;
    this.stopped = "lane";
    this.lane.rest();
    return true;
  }

  /** The lane's reply to it would have another form than the client's own connection gives it. */
  private differs(entry: CommandEntry | undefined): boolean {
    return this.pending.respThree && entry?.differsInThree === true;
  }

  private write(buffer: Buffer, at: number, next: number, entry: CommandEntry | undefined): void {
    const { writes, scanner } = this;
    const bytes = next - at;
    const full = writes.count >= gatewayLimits.batchCommandsMax || writes.bytes + bytes > gatewayLimits.batchBytesMax;
    const large = bytes > gatewayLimits.batchedCommandBytesMax;
    const { argumentsStart, argumentCount } = scanner;
    const option = entry?.aloneWith;
    const alone =
      this.differs(entry) ||
      (entry?.alone ?? (option !== undefined && hasOption(buffer, argumentsStart, argumentCount, option)));
    if (this.forwards > 0 || full || large || (alone && this.laned)) this.flushRuns(buffer, at);
    if (writes.count === 0) {
      this.laned = !large && !alone && this.lane.openForWrites;
      if (!this.laned && this.waitsForLane()) return;
    }
    writes.add(argumentsStart, next, argumentCount);
    if (large) this.flushRuns(buffer, next);
  }

  /** Of the two runs at most one is open; it ends at `end`. */
  private flushRuns(buffer: Buffer, end: number): void {
    const { writes, pending } = this;
    const { stats } = this.context;
    if (this.forwards > 0) {
      this.server.append(buffer, this.forwardStart, end);
      pending.push(ReplyKind.forward, this.forwards);
      stats.commandsForwarded += this.forwards;
      this.forwards = 0;
    } else if (writes.count > 0) {
      stats.commandsWritten += writes.count;
      if (this.laned) {
        this.laned = false;
        this.lane.write(writes, buffer);
        return;
      }
      stats.functionCalls++;
      pending.push(writes.count === 1 ? ReplyKind.call : ReplyKind.batch, writes.count);
      writes.writeTo(this.server, buffer, this.context.call, pending.respThree);
    }
  }

  /** A command that needs a look at its arguments. */
  private single(buffer: Buffer, at: number, next: number, entry: CommandEntry | undefined): void {
    this.flushRuns(buffer, at);
    const verdict = this.singles.judge(buffer, entry);
    if (verdict.pass === "answer") {
      this.answers.refuse(verdict, entry);
      return;
    }
    if (this.waitsForLane()) return;
    if (this.singles.silences(verdict)) return;
    const from = this.singles.startPassing(verdict, at, entry);
    this.server.append(buffer, from, next);
    if (verdict.pass === "forward" && changesProtocol(verdict.reply) && !this.pending.silent) this.stopped = "protocol";
  }

  private inline(buffer: Buffer, at: number, end: number): number {
    const line = buffer.subarray(at, Math.min(end, at + gatewayLimits.lineBytesMax + 1));
    const newline = line.indexOf(LF);
    if (newline < 0) {
      if (line.length <= gatewayLimits.lineBytesMax) return MORE;
      this.answers.protocolError("too big inline request");
      return end;
    }
    const parts = splitInline(line.subarray(0, newline));
    if (parts === undefined) {
      this.answers.protocolError("unbalanced quotes in request");
      return end;
    }
    if (parts.length > 0) {
      const command = encodeCommand(parts);
      this.scanner.begin(0);
      this.scanner.scan(command, command.length);
      this.command(command, 0, command.length, Infinity);
      this.flushRuns(command, command.length);
    }
    return at + newline + 1;
  }

  /** What waits, or has not come whole, is held from `at` to `end`. */
  private keep(buffer: Buffer, at: number, end: number): void {
    if (buffer !== this.held.buffer || at > 0 || at >= end) {
      this.held.keep(buffer, at, end);
      this.scanner.rebase(at, 0);
    }
    if (!this.blocked && this.held.buffer[0] === STAR) this.tryStream();
  }

  /** The held command may be large: then what is there of it goes on. */
  private tryStream(): void {
    const { held, large, scanner } = this;
    if (this.transactions.open || this.singles.skipsNext) {
      if (held.length > this.context.limits.commandBytesMax) this.answers.protocolError("too big command");
      return;
    }
    if (held.length < gatewayLimits.streamBytesMin || this.pending.onLane > 0 || !large.begin(held)) return;
    const { buffer, length } = held;
    held.clear();
    const stopped = large.goOn(buffer, scanner.position, length);
    if (!this.ended && stopped < length) this.route(buffer, stopped, length, false);
  }
}

function changesProtocol(kind: ReplyKind | undefined): boolean {
  return kind === ReplyKind.hello || kind === ReplyKind.reset;
}

/** A write that is a call of its own. */
function isByItself(entry: CommandEntry | undefined, argumentCount: number): boolean {
  return entry?.single === true || hasNilArray(entry, argumentCount);
}
