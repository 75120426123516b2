/**
 * A command that is larger than is held: once it has been seen what becomes of it, the rest passes, or is dropped, as it
 * comes.
 */
import { ArgumentStream } from "./argument-stream.js";
import type { Outbox } from "../bytes.js";
import { lookUp, NAME_BYTES_MAX } from "../commands/command-lookup.js";
import { errorReply } from "../errors.js";
import type { HeldBytes } from "./held-bytes.js";
import { mayStream } from "../commands/key-guard.js";
import type { OwnAnswers } from "../replies/own-answers.js";
import type { PendingReplies } from "../replies/pending-replies.js";
import { BROKEN, type RequestScanner } from "./request-scanner.js";
import type { SingleCommands } from "./single-commands.js";
import type { RouterContext } from "./router-context.js";
import { countRefused, OTHER_NAMES } from "../stats.js";

const NAME_PREVIEW_BYTES = 128;

export class LargeCommands {
  private readonly stream = new ArgumentStream();
  /** What the command that is being dropped gets when it is over; undefined while one is passed on. */
  private dropReply: Buffer | undefined;

  constructor(
    private readonly context: RouterContext,
    private readonly scanner: RequestScanner,
    private readonly singles: SingleCommands,
    private readonly answers: OwnAnswers,
    private readonly server: Outbox,
    private readonly pending: PendingReplies,
  ) {}

  get active(): boolean {
    return this.stream.active;
  }

  /** Is it known what becomes of the command that is held? Then all of it that is there may go on (`goOn`). */
  begin({ buffer, length }: HeldBytes): boolean {
    const { scanner } = this;
    if (!scanner.headerRead) return false;
    if (scanner.argumentsDone === 0) {
      if (scanner.nameEnd - scanner.nameStart <= NAME_BYTES_MAX) return false;
      this.dropLongName(buffer);
      return true;
    }
    const entry = lookUp(buffer, scanner.nameStart, scanner.nameEnd);
    if (entry !== undefined && !mayStream(entry, scanner.argumentsDone)) {
      if (length > this.context.limits.commandBytesMax) this.answers.protocolError("too big command");
      return false;
    }
    const verdict = this.singles.judge(buffer, entry);
    this.dropReply = undefined;
    if (verdict.pass === "answer") {
      if (verdict.refused !== undefined) countRefused(this.context.stats, verdict.refused);
      this.dropReply = verdict.reply;
    } else {
      this.context.stats.commandsStreamed++;
      const from = this.singles.startPassing(verdict, 0, entry);
      this.server.append(buffer, from, scanner.position);
    }
    this.stream.begin(scanner.argumentCount - scanner.argumentsDone);
    return true;
  }

  /** The next piece of the command that is passed on or dropped; returns where it ends. */
  goOn(buffer: Buffer, start: number, end: number): number {
    const stopped = this.stream.consume(buffer, start, end);
    if (stopped === BROKEN) {
      this.abandon();
      this.answers.protocolError(this.stream.problem);
      return end;
    }
    if (this.dropReply === undefined) this.server.append(buffer, start, stopped);
    else if (!this.stream.active) this.answers.give(this.dropReply);
    return stopped;
  }

  /** The rest never comes. The server has part of a command that never ends, so its reply never comes either. */
  abandon(): void {
    const { pending, stream } = this;
    if (stream.active && this.dropReply === undefined && !pending.empty) pending.dropLast();
    stream.begin(0);
  }

  private dropLongName(buffer: Buffer): void {
    const { scanner } = this;
    const name = buffer.subarray(scanner.nameStart, scanner.nameStart + NAME_PREVIEW_BYTES);
    this.dropReply = errorReply("unknownCommand", { command: name.toString("latin1"), preview: "" });
    countRefused(this.context.stats, OTHER_NAMES);
    this.stream.begin(scanner.argumentCount);
  }
}
