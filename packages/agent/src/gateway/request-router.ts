/**
 * The way of the client's bytes: finds commands in them and decides, by name and keys alone, what becomes of each.
 * Runs of reads go on as one piece, runs of writes become one function call, the rest is looked at singly. No sockets
 * here: bytes in, bytes out, and a note of what each command is owed.
 *
 * Invariants
 * 1. Every command gets exactly one entry in `pending`, or one answer, in the order of the commands.
 * 2. However the bytes are cut into pieces, the server sees the same commands (only their grouping into calls differs).
 * 3. Held: at most one incomplete command, up to `commandBytesMax`; beyond `streamBytesMin` only if its keys need it.
 */
import { ArgumentStream } from "./argument-stream.js";
import type { Outbox } from "./bytes.js";
import { hasOption, takeApart } from "./command-arguments.js";
import { checks, refuseEntry, unknownCommand, type Verdict } from "./command-checks.js";
import { lookUp, NAME_BYTES_MAX } from "./command-lookup.js";
import type { CommandEntry } from "./command-table.js";
import { errorReply } from "./errors.js";
import { type FunctionCall, WriteRun } from "./function-call.js";
import { encodeCommand, splitInline } from "./inline-command.js";
import { mayStream, namesOwnKey } from "./key-guard.js";
import { gatewayLimits } from "./limits.js";
import { type PendingReplies, ReplyKind } from "./pending-replies.js";
import { BROKEN, MORE, RequestScanner } from "./request-scanner.js";
import type { Lane, LaneClient } from "./write-lane.js";
import { countRefused, type GatewayStats, OTHER_NAMES } from "./stats.js";

const STAR = 42;
const LF = 10;
const NOTHING = Buffer.alloc(0);
const HELD_BYTES_MIN = 1024;
const NAME_PREVIEW_BYTES = 128;
const FORWARD: Verdict = { pass: "forward" };

export interface RouterContext {
  readonly root: string;
  readonly rootBytes: Buffer;
  readonly call: FunctionCall;
  readonly stats: GatewayStats;
  /** None: each client's writes go over its own connection. */
  readonly lane: Lane | undefined;
}

export class RequestRouter {
  /** After a protocol error nothing more is read; the client is closed when it has its replies. */
  ended = false;
  /** Closed without a word: somebody makes a browser speak to us. */
  aborted = false;
  /** The next command waits for what the write lane owes; then call `resume`. */
  blocked = false;
  /** Whom the write lane answers. */
  laneClient: LaneClient | undefined;

  private readonly scanner: RequestScanner;
  private readonly stream = new ArgumentStream();
  /** What the command that is being dropped gets when it is over; undefined while one is passed on. */
  private dropReply: Buffer | undefined;
  private readonly writes = new WriteRun();
  /** The run goes by the write lane. */
  private laned = false;
  /** The client has never changed who or what it is to the server. */
  private plain = true;
  private forwards = 0;
  private forwardStart = 0;
  private held: Buffer = NOTHING;
  private heldBytes = 0;
  /** Where the client's own bytes begin in a command that passes singly. */
  private passedFrom = 0;
  private readonly reservedKey: Verdict;

  constructor(
    private readonly context: RouterContext,
    private readonly server: Outbox,
    private readonly client: Outbox,
    private readonly pending: PendingReplies,
  ) {
    this.scanner = new RequestScanner(context.rootBytes);
    this.reservedKey = { pass: "answer", reply: errorReply("reservedKey", { root: context.root }) };
  }

  /** The router keeps, and passes on, parts of `chunk`: the caller gives it away. */
  feed(chunk: Buffer): void {
    if (this.ended) return;
    if (this.blocked) {
      this.hold(chunk);
      return;
    }
    let start = 0;
    if (this.stream.active) {
      start = this.goOn(chunk, 0, chunk.length);
      if (this.ended || start >= chunk.length) return;
    }
    if (this.heldBytes === 0) {
      this.route(chunk, start, chunk.length, false);
      return;
    }
    this.hold(chunk);
    const { scanner, held, heldBytes } = this;
    if (held[0] === STAR && heldBytes < scanner.needed) {
      if (heldBytes >= gatewayLimits.streamBytesMin) this.tryStream();
    } else {
      this.route(held, 0, heldBytes, held[0] === STAR);
    }
  }

  resume(): void {
    this.blocked = false;
    this.route(this.held, 0, this.heldBytes, false);
  }

  private route(buffer: Buffer, start: number, end: number, resumed: boolean): void {
    const { scanner } = this;
    let at = start;
    let goOn = resumed;
    while (at < end) {
      if (!goOn && buffer[at] !== STAR) {
        this.flushRuns(buffer, at);
        const next = this.inline(buffer, at, end);
        if (next === MORE || this.blocked) break;
        at = next;
        if (this.ended) return;
        continue;
      }
      if (!goOn) scanner.begin(at);
      goOn = false;
      const next = scanner.scan(buffer, end);
      if (next < 0) {
        this.flushRuns(buffer, at);
        if (next === BROKEN) this.protocolError(scanner.problem);
        break;
      }
      this.command(buffer, at, next);
      if (this.ended) return;
      if (this.blocked) break;
      at = next;
    }
    this.flushRuns(buffer, at);
    if (!this.ended) this.keep(buffer, at, end);
  }

  private command(buffer: Buffer, at: number, next: number): void {
    const { scanner } = this;
    if (scanner.argumentCount <= 0) {
      this.flushRuns(buffer, at);
      return;
    }
    const entry = lookUp(buffer, scanner.nameStart, scanner.nameEnd);
    const kind = entry?.kind;
    if (kind === "write") {
      this.write(buffer, at, next, entry);
    } else if (kind === undefined || kind === "refused" || kind === "checked" || scanner.namesRoot) {
      this.flushRuns(buffer, at);
      this.single(buffer, at, next, entry);
    } else {
      this.forward(buffer, at, entry?.changesClient === true);
    }
  }

  private forward(buffer: Buffer, at: number, changesClient: boolean): void {
    if (this.writes.count > 0) this.flushRuns(buffer, at);
    if (this.waitsForLane()) return;
    if (changesClient) this.plain = false;
    if (this.forwards === 0) this.forwardStart = at;
    this.forwards++;
  }

  /** Order: what the write lane owes comes before anything that goes over the client's own connection. */
  private waitsForLane(): boolean {
    this.blocked = this.pending.onLane > 0;
    return this.blocked;
  }

  private write(buffer: Buffer, at: number, next: number, entry: CommandEntry | undefined): void {
    const { writes, scanner } = this;
    const bytes = next - at;
    const full = writes.count >= gatewayLimits.batchCommandsMax || writes.bytes + bytes > gatewayLimits.batchBytesMax;
    const large = bytes > gatewayLimits.batchedCommandBytesMax;
    const { argumentsStart, argumentCount } = scanner;
    const option = entry?.aloneWith;
    const alone = entry?.alone ?? (option !== undefined && hasOption(buffer, argumentsStart, argumentCount, option));
    if (this.forwards > 0 || full || large || (alone && this.laned)) this.flushRuns(buffer, at);
    if (writes.count === 0) {
      this.laned = !large && !alone && this.laneIsOpen();
      if (!this.laned && this.waitsForLane()) return;
    }
    writes.add(argumentsStart, next, argumentCount);
    if (large) this.flushRuns(buffer, next);
  }

  private laneIsOpen(): boolean {
    const { pending, context, plain } = this;
    if (!plain || context.lane === undefined || !context.lane.usable) return false;
    return pending.onLane > 0 || (pending.empty && pending.mayCall);
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
        this.flushToLane(buffer);
        return;
      }
      stats.functionCalls++;
      pending.push(writes.count === 1 ? ReplyKind.call : ReplyKind.batch, writes.count);
      writes.writeTo(this.server, buffer, this.context.call);
    }
  }

  private flushToLane(buffer: Buffer): void {
    const { writes, pending, laneClient, context } = this;
    this.laned = false;
    if (laneClient === undefined || context.lane === undefined) throw new Error("no lane to write to");
    pending.push(ReplyKind.lane, writes.count);
    pending.onLane += writes.count;
    context.lane.add(laneClient, writes, buffer);
  }

  /** A command that needs a look at its arguments. */
  private single(buffer: Buffer, at: number, next: number, entry: CommandEntry | undefined): void {
    const verdict = this.judge(buffer, entry);
    if (verdict.pass === "answer") {
      this.refuse(verdict, entry);
      return;
    }
    if (this.waitsForLane()) return;
    if (entry?.changesClient === true || verdict.changesClient === true) this.plain = false;
    this.startPassing(verdict, at, entry);
    this.server.append(buffer, this.passedFrom, next);
  }

  /** What becomes of the command in the scanner, from its arguments so far. */
  private judge(buffer: Buffer, entry: CommandEntry | undefined): Verdict {
    const { scanner } = this;
    const given = takeApart(buffer, scanner.argumentsStart, scanner.argumentsDone);
    if (entry === undefined) return unknownCommand(given);
    if (entry.kind === "refused") return refuseEntry(entry);
    if (entry.kind === "write") return FORWARD;
    if (scanner.namesRoot && namesOwnKey(entry.keys, given, this.context.root)) return this.reservedKey;
    return entry.check === undefined ? FORWARD : checks[entry.check](given, entry);
  }

  private refuse(verdict: Verdict & { pass: "answer" }, entry: CommandEntry | undefined): void {
    if (verdict.refused !== undefined) countRefused(this.context.stats, verdict.refused);
    if (entry === undefined && (verdict.refused === "POST" || verdict.refused === "HOST:")) {
      this.ended = this.aborted = true;
      return;
    }
    this.answer(verdict.reply);
  }

  /** Everything up to the client's own bytes, which are to follow from `passedFrom` on. */
  private startPassing(verdict: Verdict & { pass: "forward" }, at: number, entry: CommandEntry | undefined): void {
    const { scanner, pending, server } = this;
    const { stats, call } = this.context;
    this.passedFrom = at;
    if (entry?.kind === "write") {
      stats.commandsWritten++;
      stats.functionCalls++;
      pending.push(ReplyKind.call, 1);
      call.writeHeader(server, scanner.argumentCount);
      this.passedFrom = scanner.argumentsStart;
      return;
    }
    stats.commandsForwarded++;
    pending.push(verdict.reply ?? ReplyKind.forward, verdict.count ?? 1);
    if (verdict.name === undefined) return;
    const name = Buffer.from(`*${scanner.argumentCount}\r\n$${verdict.name.length}\r\n${verdict.name}\r\n`);
    server.copy(name, 0, name.length);
    this.passedFrom = scanner.nameEnd + 2;
  }

  private inline(buffer: Buffer, at: number, end: number): number {
    const line = buffer.subarray(at, Math.min(end, at + gatewayLimits.lineBytesMax + 1));
    const newline = line.indexOf(LF);
    if (newline < 0) {
      if (line.length <= gatewayLimits.lineBytesMax) return MORE;
      this.protocolError("too big inline request");
      return end;
    }
    const parts = splitInline(line.subarray(0, newline));
    if (parts === undefined) {
      this.protocolError("unbalanced quotes in request");
      return end;
    }
    if (parts.length > 0) {
      const command = encodeCommand(parts);
      this.scanner.begin(0);
      this.scanner.scan(command, command.length);
      this.command(command, 0, command.length);
      this.flushRuns(command, command.length);
    }
    return at + newline + 1;
  }

  /** The bytes of an incomplete command, moved to the front of a buffer of their own. */
  private keep(buffer: Buffer, at: number, end: number): void {
    if (buffer === this.held && at === 0 && at < end) {
      if (!this.blocked && end >= gatewayLimits.streamBytesMin && buffer[0] === STAR) this.tryStream();
      return;
    }
    if (at >= end) {
      this.held = NOTHING;
      this.heldBytes = 0;
      return;
    }
    this.held = Buffer.allocUnsafeSlow(Math.max(end - at, HELD_BYTES_MIN));
    this.heldBytes = buffer.copy(this.held, 0, at, end);
    this.scanner.rebase(at, 0);
    if (!this.blocked && this.heldBytes >= gatewayLimits.streamBytesMin && this.held[0] === STAR) this.tryStream();
  }

  private hold(chunk: Buffer): void {
    const total = this.heldBytes + chunk.length;
    if (total > this.held.length) {
      const { needed } = this.scanner;
      const doubled = 2 * this.held.length;
      const grown = Buffer.allocUnsafeSlow(Math.max(total, needed > total ? Math.min(doubled, needed) : doubled));
      this.held.copy(grown, 0, 0, this.heldBytes);
      this.held = grown;
    }
    chunk.copy(this.held, this.heldBytes);
    this.heldBytes = total;
  }

  /** The held command is large: from here on it passes, or is dropped, as it comes, if its keys have been seen. */
  private tryStream(): void {
    const { scanner, held, heldBytes } = this;
    if (!scanner.headerRead || this.pending.onLane > 0) return;
    if (scanner.argumentsDone === 0) {
      if (scanner.nameEnd - scanner.nameStart > NAME_BYTES_MAX) this.dropLongName();
      return;
    }
    const entry = lookUp(held, scanner.nameStart, scanner.nameEnd);
    if (entry !== undefined && !mayStream(entry, scanner.argumentsDone)) {
      if (heldBytes > gatewayLimits.commandBytesMax) this.protocolError("too big command");
      return;
    }
    const verdict = this.judge(held, entry);
    this.dropReply = undefined;
    if (verdict.pass === "answer") {
      if (verdict.refused !== undefined) countRefused(this.context.stats, verdict.refused);
      this.dropReply = verdict.reply;
    } else {
      this.context.stats.commandsStreamed++;
      this.startPassing(verdict, 0, entry);
      this.server.append(held, this.passedFrom, scanner.position);
    }
    this.startStream(scanner.argumentCount - scanner.argumentsDone, scanner.position);
  }

  private dropLongName(): void {
    const { scanner, held } = this;
    const name = held.subarray(scanner.nameStart, scanner.nameStart + NAME_PREVIEW_BYTES);
    this.dropReply = errorReply("unknownCommand", { command: name.toString("latin1"), preview: "" });
    countRefused(this.context.stats, OTHER_NAMES);
    this.startStream(scanner.argumentCount, scanner.position);
  }

  private startStream(argumentsLeft: number, from: number): void {
    const { held, heldBytes } = this;
    this.held = NOTHING;
    this.heldBytes = 0;
    this.stream.begin(argumentsLeft);
    const stopped = this.goOn(held, from, heldBytes);
    if (!this.ended && stopped < heldBytes) this.route(held, stopped, heldBytes, false);
  }

  /** The next piece of the command that is passed on or dropped; returns where it ends. */
  private goOn(buffer: Buffer, start: number, end: number): number {
    const stopped = this.stream.consume(buffer, start, end);
    if (stopped === BROKEN) {
      // The server has part of a command that never ends, so its reply never comes.
      if (this.dropReply === undefined) this.pending.dropLast();
      this.protocolError(this.stream.problem);
      return end;
    }
    if (this.dropReply === undefined) this.server.append(buffer, start, stopped);
    else if (!this.stream.active) this.answer(this.dropReply);
    return stopped;
  }

  private protocolError(problem: string): void {
    this.context.stats.protocolErrors++;
    this.answer(errorReply("protocol", { problem }));
    this.ended = true;
  }

  private answer(reply: Buffer): void {
    if (this.pending.empty && !this.pending.midReply) this.client.copy(reply, 0, reply.length);
    else this.pending.pushLocal(reply);
  }
}
