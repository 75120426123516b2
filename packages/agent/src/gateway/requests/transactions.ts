/**
 * MULTI, EXEC, DISCARD, WATCH. The gateway keeps the queue and says QUEUED; the server hears of it at EXEC, as one call
 * of the function, which is one atomic step and one log entry, everywhere.
 *
 * - Without writes, and for what a function may not do (CLIENT, SUBSCRIBE), the server's own MULTI and EXEC go around.
 * - So they do after WATCH, which is the server's own, on the client's own connection: it sees writes of other clients
 *   and what comes from other regions alike.
 *
 * Invariants
 * 1. All writes of a transaction, and what stands between them, are in one call: half of it is never seen elsewhere.
 * 2. A command that is refused when it would be queued lets EXEC refuse everything, as in Redis.
 */
import type { Outbox } from "../bytes.js";
import { takeApart } from "../commands/command-arguments.js";
import { arities, hasWrongArity, type CommandEntry } from "@meridian/core";
import type { Verdict } from "../commands/command-checks.js";
import { type Details, errorReply, type ReplyCode } from "../errors.js";
import type { FunctionCall } from "./function-call.js";
import { keyIndexes } from "../commands/key-guard.js";
import { gatewayLimits } from "../limits.js";
import type { OwnAnswers } from "../replies/own-answers.js";
import { type PendingReplies, ReplyKind } from "../replies/pending-replies.js";
import type { RequestScanner } from "./request-scanner.js";
import type { RouterContext } from "./router-context.js";
import { headerOf, type SingleCommands } from "./single-commands.js";
import { type QueuedCommand, sendTransaction } from "./transaction-call.js";

const OK = Buffer.from("+OK\r\n");
const QUEUED = Buffer.from("+QUEUED\r\n");
const NO_REPLIES = Buffer.from("*0\r\n");
const MULTI = Buffer.from("*1\r\n$5\r\nMULTI\r\n");
const DISCARD = Buffer.from("*1\r\n$7\r\nDISCARD\r\n");
const UNWATCH = Buffer.from("*1\r\n$7\r\nUNWATCH\r\n");

/**
 * What becomes of a command: it is dealt with; it goes on as it came; it is taken up again when all that the client is
 * owed has come; or what follows waits for the server's answer.
 */
export type Step = "done" | "forward" | "after replies" | "asked";

export class Transactions {
  /** Between MULTI and EXEC. */
  open = false;
  private watching = false;
  private refusedSome = false;
  private queue: QueuedCommand[] = [];
  /** Keys that commands of the queue read, where the client is told of their changes. */
  private readKeys: string[] = [];
  private bytes = 0;

  constructor(
    private readonly context: RouterContext,
    private readonly scanner: RequestScanner,
    private readonly singles: SingleCommands,
    private readonly answers: OwnAnswers,
    private readonly server: Outbox,
    private readonly pending: PendingReplies,
  ) {}

  /** May the command make us send something? Then what the lane owes comes first. */
  maySend(entry: CommandEntry | undefined): boolean {
    return this.open && (entry?.name === "exec" || entry?.name === "discard");
  }

  take(buffer: Buffer, at: number, next: number, entry: CommandEntry | undefined): Step {
    const name = entry?.name;
    if (name === "quit" || name === "reset") return this.leave();
    if (entry?.kind !== "transaction" || (name === "unwatch" && this.open)) return this.add(buffer, at, next, entry);
    const isWrong = hasWrongArity(entry.name, this.scanner.argumentCount);
    if (!this.open) return this.outside(entry.name, isWrong);
    if (isWrong) return this.wrongArity(entry.name);
    if (name === "exec") return this.execute();
    if (name === "discard") return this.discard();
    return this.say(name === "multi" ? "nestedMulti" : "watchInMulti");
  }

  /** The server answered our MULTI: is the client let in? */
  onAnswer(accepted: boolean): void {
    if (!accepted) return;
    this.open = true;
    this.server.copy(DISCARD, 0, DISCARD.length);
    this.pending.push(ReplyKind.swallow, 1);
  }

  private say(code: ReplyCode, details: Details = {}): "done" {
    this.answers.give(errorReply(code, details));
    return "done";
  }

  private refuse(code: ReplyCode, details: Details): "done" {
    this.refusedSome = true;
    return this.say(code, details);
  }

  /** What the server has to say to EXEC without MULTI and the like, it says itself. */
  private outside(name: string, isWrong: boolean): Step {
    if (name === "multi" && !isWrong) return this.begin();
    if (name === "watch") this.watching = true;
    if (name === "unwatch") this.watching = false;
    return "forward";
  }

  private wrongArity(command: string): Step {
    if (command !== "exec") return this.refuse("arity", { command });
    return this.end(errorReply("execArity"));
  }

  /** Whether the server would take a MULTI, it says itself where that is not known. */
  private begin(): Step {
    const { pending, singles } = this;
    if (pending.silent) return this.opened();
    if (pending.proven && !singles.mayBeSubscribed && !singles.hasReset) return this.opened();
    if (!pending.empty || pending.midReply) return "after replies";
    if (pending.subscribed && !pending.respThree) return this.say("subscribed", { command: "multi" });
    if (pending.proven) return this.opened();
    this.server.copy(MULTI, 0, MULTI.length);
    pending.pushNamed("multi", ReplyKind.peek);
    return "asked";
  }

  private opened(): "done" {
    this.open = true;
    this.answers.give(OK);
    return "done";
  }

  private add(buffer: Buffer, at: number, next: number, entry: CommandEntry | undefined): "done" {
    const { scanner, singles } = this;
    const problem = entry === undefined ? undefined : this.problemOf(buffer, entry);
    if (problem !== undefined) return this.refuse(...problem);
    const verdict = singles.judge(buffer, entry, true);
    if (verdict.pass === "answer") {
      this.refusedSome = true;
      this.answers.refuse(verdict, entry);
      return "done";
    }
    if (verdict.pass === "forward" && verdict.replies !== undefined) return this.refuse("replyInMulti", {});
    this.bytes += next - at + gatewayLimits.queuedCommandBytes;
    const bytes = Math.min(gatewayLimits.transactionBytesMax, this.context.limits.commandBytesMax);
    if (this.bytes > bytes) {
      this.queue = [];
      return this.refuse("transactionTooLarge", { bytes, each: gatewayLimits.queuedCommandBytes });
    }
    if (entry?.changesClient === true || (verdict.pass === "forward" && verdict.changesClient === true)) {
      singles.noteChange(entry?.check);
    }
    if (singles.tracks && verdict.pass === "forward" && entry !== undefined) this.noteReadKeys(buffer, entry);
    if (!this.refusedSome)
      this.queue.push(queued(buffer, at, next, scanner, verdict, entry as CommandEntry, this.context.call));
    this.answers.give(QUEUED);
    return "done";
  }

  private noteReadKeys(buffer: Buffer, { keys }: CommandEntry): void {
    const given = takeApart(buffer, this.scanner.argumentsStart, this.scanner.argumentCount);
    for (const index of keyIndexes(keys, given)) this.readKeys.push(given.text(index));
  }

  /** What Redis would say before it queues the command. */
  private problemOf(buffer: Buffer, entry: CommandEntry): [ReplyCode, Details] | undefined {
    const { argumentsStart, argumentCount } = this.scanner;
    if (NEVER_QUEUED.includes(entry.name)) {
      const isWrong = hasWrongArity(entry.name, argumentCount);
      return isWrong ? ["arity", { command: entry.name }] : ["notInTransaction", {}];
    }
    if (entry.kind === "refused") return undefined;
    if (hasWrongArity(entry.name, argumentCount)) return ["arity", { command: entry.name }];
    if (entry.kind !== "checked" || argumentCount < 2) return undefined;
    const full = `${entry.name}|${takeApart(buffer, argumentsStart, 2).word(1)}`;
    return arities.has(full) && hasWrongArity(full, argumentCount) ? ["arity", { command: full }] : undefined;
  }

  private execute(): Step {
    const { queue, context, pending } = this;
    if (this.refusedSome) return this.end(errorReply("execAborted"));
    if (queue.length === 0 && !this.watching) return this.end(NO_REPLIES);
    const stranger = sendTransaction(queue, this.watching, this.readKeys, context, this.server, pending);
    if (stranger !== undefined) return this.end(errorReply("betweenWrites", { command: stranger.toUpperCase() }));
    this.watching = false;
    this.leave();
    return "done";
  }

  private discard(): Step {
    if (!this.watching) return this.end(OK);
    this.leave();
    this.server.copy(UNWATCH, 0, UNWATCH.length);
    this.pending.push(ReplyKind.forward, 1);
    return "done";
  }

  /** Nothing of it happens. */
  private end(reply: Buffer): "done" {
    if (this.watching) {
      this.server.copy(UNWATCH, 0, UNWATCH.length);
      this.pending.push(ReplyKind.swallow, 1);
    }
    this.leave();
    this.answers.give(reply);
    return "done";
  }

  private leave(): "forward" {
    this.open = this.watching = this.refusedSome = false;
    this.queue = [];
    this.readKeys = [];
    this.bytes = 0;
    return "forward";
  }
}

/** Small commands are copied, so that they do not keep the whole of what they came in. */
function queued(
  buffer: Buffer,
  at: number,
  next: number,
  scanner: RequestScanner,
  verdict: Verdict & { pass: "forward" | "write" },
  entry: CommandEntry,
  call: FunctionCall,
): QueuedCommand {
  const { argumentsStart, nameEnd, argumentCount } = scanner;
  const part = buffer.subarray(at, next);
  const bytes = part.length > gatewayLimits.copyBytesMax ? part : Buffer.from(part);
  const isWrite = verdict.pass === "write";
  const shared = { name: entry.name, argumentCount };
  const header = isWrite ? undefined : headerOf(verdict, scanner, call);
  if (isWrite || header === undefined) {
    const reply = isWrite ? undefined : verdict;
    const offset = argumentsStart - at;
    return { ...shared, bytes, argumentsStart: offset, isWrite, isRead: isReading(entry), ...replyOf(reply) };
  }
  const isRenamed = verdict.name !== undefined;
  const rest = buffer.subarray(isRenamed ? nameEnd + 2 : argumentsStart, next);
  const nameBytes = isRenamed ? bulkBytes(verdict.name) : 0;
  return {
    ...shared,
    bytes: Buffer.concat([header, rest]),
    argumentsStart: header.length - nameBytes,
    isWrite,
    isRead: true,
    ...replyOf(verdict),
  };
}

/** What Redis takes in no transaction. */
const NEVER_QUEUED: readonly string[] = ["save", "shutdown", "sync", "psync"];

/** What the function runs beside commands on keys. */
const KEYLESS_READS: readonly string[] = ["ping", "echo", "time", "info", "lastsave", "command", "pubsub", "select"];

/** Containers of reads have where their keys are; others are about the connection or the server. */
function isReading({ name, kind, keys }: CommandEntry): boolean {
  return kind === "read" || (kind === "checked" && keys !== "none") || KEYLESS_READS.includes(name);
}

function replyOf(verdict: (Verdict & { pass: "forward" }) | undefined): Pick<QueuedCommand, "reply" | "replies"> {
  const reply = verdict?.shown === true ? ReplyKind.call : (verdict?.reply ?? ReplyKind.forward);
  return { reply, replies: verdict?.count ?? 1 };
}

function bulkBytes(text: string): number {
  return `$${text.length}\r\n${text}\r\n`.length;
}
