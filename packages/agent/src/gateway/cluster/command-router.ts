/**
 * Finds the commands in what the session says, and has each done by who knows it. The session has checked them: they are RESP, and
 * of those that a gateway passes on.
 */
import type { ClusterCommands } from "./cluster-commands.js";
import { asItCame, type Commander } from "./commander.js";
import { CommandView } from "./command-view.js";
import { lookUp } from "../commands/command-lookup.js";
import { FunctionCalls, isFlush } from "./function-calls.js";
import { HeldBytes } from "../requests/held-bytes.js";
import { type KeyCount, KeyspaceReads } from "./keyspace-reads.js";
import type { NodeSubscriptions } from "./node-subscriptions.js";
import type { NodeTransactions } from "./node-transactions.js";
import { PlainCommands } from "./plain-commands.js";
import { isError } from "./reply-reader.js";
import { RequestScanner } from "../requests/request-scanner.js";

/** Each waits for all that is owed before it, and all after it wait for it. */
const ALONE: ReadonlySet<string> = new Set(
  "auth hello reset quit subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe watch".split(" "),
);

export interface RouterParts {
  readonly commander: Commander;
  readonly cluster: ClusterCommands;
  readonly subscriptions: NodeSubscriptions;
  readonly transactions: NodeTransactions;
  readonly keyCount: KeyCount;
  /** Nothing is owed. */
  readonly isQuiet: () => boolean;
}

export class CommandRouter {
  /** The client said QUIT. */
  quits = false;
  private readonly scanner = new RequestScanner(Buffer.from("mer:{"));
  private readonly held = new HeldBytes();
  private readonly calls: FunctionCalls;
  private readonly plain: PlainCommands;
  /** What follows waits until nothing is owed. */
  private stopped = false;

  constructor(private readonly parts: RouterParts) {
    this.calls = new FunctionCalls(parts.commander, new KeyspaceReads(parts.commander, parts.keyCount));
    this.plain = new PlainCommands(parts.commander);
  }

  /** Bytes of commands that wait. */
  get waitingBytes(): number {
    return this.stopped ? this.held.length : 0;
  }

  feed(chunk: Buffer): void {
    const { held, scanner } = this;
    if (this.stopped || held.length > 0) {
      held.add(chunk, scanner.needed);
      if (!this.stopped && held.length >= scanner.needed) this.route(held.buffer, held.length, true);
    } else {
      this.route(chunk, chunk.length, false);
    }
  }

  /** Something was answered. */
  goOn(): void {
    if (!this.stopped || !this.parts.isQuiet()) return;
    this.stopped = false;
    if (this.held.length > 0) this.route(this.held.buffer, this.held.length, false);
  }

  /** `resumed`: the scanner is within the first command. */
  private route(buffer: Buffer, end: number, resumed: boolean): void {
    let at = 0;
    let goesOn = resumed;
    while (at < end && !this.stopped) {
      if (!goesOn) this.scanner.begin(at);
      goesOn = false;
      let next = this.scanner.scan(buffer, end);
      if (next < 0) break;
      next = this.take(buffer, next, end);
      if (next < 0) {
        // It is taken up again.
        this.scanner.begin(at);
        break;
      }
      at = next;
    }
    if (at >= end) this.held.clear();
    else if (buffer !== this.held.buffer || at > 0) this.held.keep(buffer, at, end);
    this.scanner.rebase(at, 0);
  }

  /** Where the next command begins, or -1: this one is to be taken up again when nothing is owed. */
  private take(buffer: Buffer, next: number, end: number): number {
    const { scanner, parts } = this;
    const given = CommandView.of(buffer, scanner.start, scanner.argumentsStart, scanner.argumentCount);
    const name = given.word(0);
    const isUnit = name === "multi" && next < end;
    if (
      ALONE.has(name) ||
      (name === "xread" && isBlocking(given)) ||
      (name === "fcall" && isFlush(given)) ||
      (isUnit && parts.transactions.watching)
    ) {
      this.stopped = true;
      if (!parts.isQuiet()) return -1;
    }
    if (isUnit) return this.unit(buffer, next, end);
    this.one(name, given);
    // What was answered at once holds up nobody.
    if (parts.isQuiet()) this.stopped = false;
    return next;
  }

  private one(name: string, given: CommandView): void {
    const { subscriptions, transactions, cluster } = this.parts;
    if (name === "fcall") this.calls.take(given);
    else if (name.endsWith("subscribe")) subscriptions.take(given);
    else if (name === "watch") transactions.watch(given);
    else if (name === "unwatch") transactions.unwatch();
    else if (name === "auth" || name === "hello") this.plain.repeated(given);
    else if (name === "reset") this.reset(given);
    else if (name === "cluster") cluster.take(given);
    else {
      this.quits ||= name === "quit";
      this.plain.take(lookUp(given.buffer, given.nameStart, given.nameEnd), given);
    }
  }

  /** From MULTI, which ends at `start`, to EXEC. */
  private unit(buffer: Buffer, start: number, end: number): number {
    const { scanner, parts } = this;
    const commands: CommandView[] = [];
    for (let at = start; at < end;) {
      scanner.begin(at);
      const next = scanner.scan(buffer, end);
      if (next < 0) return -1; // the session says it at once, so the rest is here in a moment
      const given = CommandView.of(buffer, scanner.start, scanner.argumentsStart, scanner.argumentCount);
      at = next;
      if (given.word(0) === "exec") {
        parts.transactions.take(commands);
        return at;
      }
      commands.push(given);
    }
    return -1;
  }

  private reset(given: CommandView): void {
    const { commander, subscriptions, transactions } = this.parts;
    const give = commander.owe();
    const done = (reply: Buffer): void => {
      if (!isError(reply)) {
        subscriptions.clear();
        transactions.clear();
        commander.identity.clear();
        commander.nodes.leaveOthers();
      }
      give(reply);
    };
    commander.toHome(asItCame(given), { done });
  }
}

function isBlocking(given: CommandView): boolean {
  for (let index = 1; index + 1 < given.count; index++) {
    const word = given.word(index);
    if (word === "streams") return false;
    if (word === "block") return true;
  }
  return false;
}
