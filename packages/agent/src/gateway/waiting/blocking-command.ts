/**
 * A command that may wait, on behalf of one client: BLPOP and its like, and XREADGROUP BLOCK. The function runs it in the
 * form that never waits, as within MULTI; nil means that there is nothing yet. Commands after it wait behind it.
 *
 * A client that has gone is not tried again. When it goes while a try is on its way, what that pops is lost with its
 * connection, as when a reply of Redis itself is lost on the way.
 */
import type { Blocking } from "./blocked-clients.js";
import type { CommandArguments } from "../commands/command-arguments.js";
import type { AwaitedType, CommandEntry, WaitingClient, WaitingClients } from "@meridian/core";
import { errorReply } from "../errors.js";
import { keyIndexes } from "../commands/key-guard.js";
import { gatewayLimits } from "../limits.js";
import { STREAM_AGAIN } from "../replies/pending-replies.js";

const TIMEOUT_FIRST: readonly string[] = ["blmpop", "bzmpop"];
/** Before it stand GROUP, the group and the consumer. */
const OPTIONS_AT = 4;

/** How long the command waits, in ms, 0 for ever; undefined when it does not wait. Its form the function has checked. */
function timeoutMsOf({ name, awaits }: CommandEntry, given: CommandArguments): number | undefined {
  if (awaits !== "stream")
    return Math.ceil(Number(given.text(TIMEOUT_FIRST.includes(name) ? 1 : given.count - 1)) * 1000);
  for (let index = OPTIONS_AT; index + 1 < given.count; index++) {
    if (given.word(index) === "streams") return undefined;
    if (given.word(index) === "block") return Number(given.text(index + 1));
  }
  return undefined;
}

/** The connection on which it is tried, and where its answer goes. */
export interface BlockingHost {
  /** What Redis says when the time is over, whatever the command. */
  readonly timeOver: Buffer;
  sendTry(command: BlockingCommand): void;
  /** The client gets this reply, if any, and goes on. */
  end(reply: Buffer | undefined): void;
}

export class BlockingCommand implements WaitingClient, Blocking {
  readonly keys: readonly string[];
  readonly awaits: AwaitedType;
  readonly name: string;
  private readonly untilMs: number;
  private timer: NodeJS.Timeout | undefined;
  private trying = false;
  /** A try found nothing: the client waits. */
  private waits = false;
  /** What to say when the try that is on its way finds nothing. */
  private lastWord: Buffer | undefined;

  private constructor(
    /** The command's arguments as they came, its name first. */
    readonly bytes: Buffer,
    readonly argumentCount: number,
    entry: CommandEntry & { awaits: AwaitedType },
    given: CommandArguments,
    timeoutMs: number,
    private readonly waiting: WaitingClients,
    private readonly host: BlockingHost,
  ) {
    this.name = entry.name;
    this.awaits = entry.awaits;
    this.keys = keyIndexes(entry.keys, given).map((index) => given.text(index));
    this.untilMs = timeoutMs > 0 ? performance.now() + timeoutMs : Infinity;
  }

  /** Undefined: it is a write as any other. */
  static of(
    bytes: Buffer,
    given: CommandArguments,
    entry: CommandEntry,
    waiting: WaitingClients,
    host: BlockingHost,
  ): BlockingCommand | undefined {
    const { awaits } = entry;
    const timeoutMs = awaits === undefined ? undefined : timeoutMsOf(entry, given);
    if (awaits === undefined || timeoutMs === undefined) return undefined;
    const command = new BlockingCommand(bytes, given.count, { ...entry, awaits }, given, timeoutMs, waiting, host);
    return command.keys.length > 0 ? command : undefined;
  }

  begin(): void {
    this.waiting.join(this);
  }

  /** The client goes: it is tried no more. */
  stop(): void {
    clearTimeout(this.timer);
    this.waiting.leave(this);
  }

  /** True while it only waits: nothing of it is on its way. */
  get idle(): boolean {
    return !this.trying;
  }

  /** As what its reply is awaited: a value of another type tells who waited for a stream that this is gone. */
  get repliesAs(): string {
    return this.waits && this.awaits === "stream" ? STREAM_AGAIN : this.name;
  }

  tryNow(): void {
    this.trying = true;
    this.host.sendTry(this);
  }

  /** What came of the try. Unless there was nothing, the client gets it as it comes. */
  onTried(served: boolean, refused: boolean): void {
    this.trying = false;
    if (served) clearTimeout(this.timer);
    else this.waits = true;
    if (!served && this.lastWord === undefined) this.awaitEnd();
    this.waiting.tried(this, served, refused);
    if (served) this.host.end(undefined);
    else if (this.lastWord !== undefined && !this.trying) this.giveUp(this.lastWord);
  }

  onStreamGone(): void {
    this.giveUp(errorReply("streamGone"));
  }

  onCannotWait(reason: string): void {
    this.giveUp(errorReply("cannotWait", { reason }));
  }

  /** At once, or when the try that is on its way has found nothing. */
  giveUp(reply: Buffer): void {
    this.lastWord = reply;
    if (this.trying) return;
    this.stop();
    this.host.end(reply);
  }

  unblock(asError: boolean): boolean {
    this.giveUp(asError ? errorReply("unblocked") : this.host.timeOver);
    return true;
  }

  private awaitEnd(): void {
    if (this.timer !== undefined || this.untilMs === Infinity) return;
    const leftMs = Math.ceil(this.untilMs - performance.now());
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        if (performance.now() < this.untilMs) this.awaitEnd();
        else this.giveUp(this.host.timeOver);
      },
      Math.min(Math.max(leftMs, 0), gatewayLimits.timerMsMax),
    );
  }
}
