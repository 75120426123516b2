/**
 * Commands that are looked at one by one: what becomes of the command in the scanner, and what goes before, or in place
 * of, the client's own bytes when it passes.
 */
import { expectAmended } from "../replies/amendments.js";
import type { Outbox } from "../bytes.js";
import { takeApart } from "../commands/command-arguments.js";
import { checks, refuseEntry, unknownCommand, type Verdict } from "../commands/command-checks.js";
import { refusedBySlots } from "../cluster/refusals.js";
import type { CommandEntry } from "@meridian/core";
import { errorReply } from "../errors.js";
import type { FunctionCall } from "./function-call.js";
import { namesOwnKey } from "../commands/key-guard.js";
import { type PendingReplies, ReplyKind } from "../replies/pending-replies.js";
import type { RequestScanner } from "./request-scanner.js";
import type { RouterContext } from "./router-context.js";

const FORWARD: Verdict = { pass: "forward" };
const WRITE: Verdict = { pass: "write" };

export class SingleCommands {
  /** The client has never changed who or what it is to the server. */
  plain = true;
  /** The client may be subscribed: the server refuses calls by the name of the call, which is not the client's. */
  mayBeSubscribed = false;
  /** The client may be somebody else, or nobody, to the server than it was. */
  hasReset = false;
  /** The client wants no replies, or no reply to its next command. */
  wantsNone = false;
  skipsNext = false;
  /** The server tells the client when keys change that it has read. */
  tracks = false;

  private readonly reservedKey: Verdict;

  constructor(
    private readonly context: RouterContext,
    private readonly scanner: RequestScanner,
    private readonly server: Outbox,
    private readonly pending: PendingReplies,
  ) {
    this.reservedKey = {
      pass: "answer",
      reply: context.slots ? errorReply("reservedKeys") : errorReply("reservedKey", { root: context.root }),
    };
  }

  /** What becomes of the command in the scanner, from its arguments so far; `queued`: after MULTI. */
  judge(buffer: Buffer, entry: CommandEntry | undefined, queued = false): Verdict {
    const { scanner, context } = this;
    const given = takeApart(buffer, scanner.argumentsStart, scanner.argumentsDone);
    if (entry === undefined) return unknownCommand(given);
    if (entry.kind === "refused") return refuseEntry(entry);
    const refused = context.slots ? refusedBySlots(entry, given, queued) : undefined;
    if (refused !== undefined) return refused;
    if (entry.kind === "write") return WRITE;
    if (scanner.namesRoot && namesOwnKey(entry.keys, given, this.context.isOwnKey)) return this.reservedKey;
    if (entry.check === undefined || (context.slots && entry.check === "cluster")) return FORWARD;
    return checks[entry.check](given, entry, context.root);
  }

  /** Sends what goes before the client's own bytes; these begin at the offset that is returned. */
  startPassing(verdict: Verdict & { pass: "forward" | "write" }, at: number, entry: CommandEntry | undefined): number {
    const { scanner, pending, server } = this;
    const { stats, call } = this.context;
    if (verdict.pass === "write") {
      stats.commandsWritten++;
      stats.functionCalls++;
      if (this.mayBeSubscribed || entry?.single === true) pending.pushNamed(entry?.name ?? "");
      else pending.push(hasNilArray(entry, scanner.argumentCount) ? ReplyKind.arrayOrNil : ReplyKind.call, 1);
      call.writeHeader(server, scanner.argumentCount, entry?.name.toUpperCase() ?? "", pending.respThree);
      return scanner.argumentsStart;
    }
    if (entry?.changesClient === true || verdict.changesClient === true) this.noteChange(entry?.check);
    stats.commandsForwarded++;
    if (verdict.mayFill === true) call.noteFull();
    if (verdict.replies === "on" || entry?.check === "reset") this.wantsNone = pending.silent = false;
    this.tracks = entry?.check === "reset" ? false : (verdict.tracks ?? this.tracks);
    if (verdict.shown === true) pending.pushNamed(entry?.name ?? "");
    else if (verdict.amend !== undefined) expectAmended(verdict.amend, this.context, server, pending);
    else pending.push(verdict.reply ?? ReplyKind.forward, verdict.count ?? 1);
    const header = headerOf(verdict, scanner, call);
    if (header === undefined) return at;
    server.copy(header, 0, header.length);
    return verdict.name === undefined ? scanner.argumentsStart : scanner.nameEnd + 2;
  }

  /** CLIENT REPLY OFF and SKIP: the server hears nothing of it, so that we know what became of each command. */
  silences(verdict: Verdict & { pass: "forward" | "write" }): boolean {
    const replies = verdict.pass === "forward" ? verdict.replies : undefined;
    if (replies !== "off" && replies !== "skip") return false;
    this.noteChange(undefined);
    if (replies === "off") this.wantsNone = this.pending.silent = true;
    else this.skipsNext = !this.wantsNone;
    return true;
  }

  noteChange(check: CommandEntry["check"]): void {
    this.plain = false;
    if (check === "subscription") this.mayBeSubscribed = true;
    if (check === "reset") this.hasReset = true;
  }
}

export function hasNilArray(entry: CommandEntry | undefined, argumentCount: number): boolean {
  return entry?.nilArrayFrom !== undefined && argumentCount >= entry.nilArrayFrom;
}

/** What goes in the place of a command's own header, and of its name if it goes by another; undefined: it goes as it is. */
export function headerOf(
  { name, shown }: Verdict & { pass: "forward" },
  { argumentCount }: RequestScanner,
  call: FunctionCall,
): Buffer | undefined {
  if (name === undefined && shown !== true) return undefined;
  const header = shown === true ? call.showHeader(argumentCount) : Buffer.from(`*${argumentCount}\r\n`);
  return name === undefined ? header : Buffer.concat([header, Buffer.from(`$${name.length}\r\n${name}\r\n`)]);
}
