/**
 * One client's use of the lane: what may go there, and what of it comes back to the client's own connection.
 *
 * Invariants
 * 1. Rights: only clients that have proven on their own connection to be the server's default user, and never changed
 *    who they are.
 * 2. Order: the lane is used when the client's own connection owes nothing; after a read, nothing follows on the lane
 *    until it is answered (within a turn the lane sends writes first).
 * 3. At most one read is under way. Its bytes are kept, so that it can be sent again on the client's own connection.
 */
import type { Outbox } from "../bytes.js";
import type { WriteRun } from "../requests/function-call.js";
import type { LaneClient } from "./lane-replies.js";
import { gatewayLimits } from "../limits.js";
import { type PendingReplies, ReplyKind } from "../replies/pending-replies.js";
import type { RouterContext } from "../requests/router-context.js";
import type { SingleCommands } from "../requests/single-commands.js";

const NOTHING = Buffer.alloc(0);

export class LaneUse {
  /** Whom the lane answers. */
  client: LaneClient | undefined;
  /** The client's socket is full: the server's own connection to it holds what comes, not we. */
  clientFull = false;

  /** Some reply was large: the reads of this client go their own way from then on. */
  private readsAlone = false;
  private reading = false;
  private readBuffer: Buffer = NOTHING;
  private readStart = 0;
  private readEnd = 0;
  /** So many more commands go the own way, since the client mixes or pipelines what cannot go together. */
  private restCommands = 0;
  private nextRestCommands = 1;
  private ownMs = 0;

  constructor(
    private readonly context: RouterContext,
    private readonly singles: SingleCommands,
    private readonly server: Outbox,
    private readonly pending: PendingReplies,
  ) {}

  /** A command had to wait for the lane: stay away for a while, and longer each time. */
  rest(): void {
    this.restCommands = this.nextRestCommands;
    this.nextRestCommands = Math.min(2 * this.nextRestCommands, gatewayLimits.laneRestCommandsMax);
  }

  get openForWrites(): boolean {
    if (this.pending.onLane > 0) return !this.reading && this.usable;
    return this.open;
  }

  write(run: WriteRun, buffer: Buffer): void {
    const { client, context, pending } = this;
    if (client === undefined || context.lane === undefined) throw new Error("no lane to write to");
    pending.push(ReplyKind.lane, run.count);
    pending.onLane += run.count;
    context.lane.addWrites(client, run, buffer);
  }

  /** Takes the read, if the lane is for it. */
  read(buffer: Buffer, start: number, end: number): boolean {
    const { client, context, pending } = this;
    if (this.readsAlone || !this.open || client === undefined || context.lane === undefined) return false;
    this.reading = true;
    this.readBuffer = buffer;
    this.readStart = start;
    this.readEnd = end;
    context.stats.commandsForwarded++;
    pending.push(ReplyKind.lane, 1);
    pending.onLane++;
    context.lane.addRead(client, buffer, start, end);
    return true;
  }

  answered(): void {
    if (this.nextRestCommands > 1) this.nextRestCommands--;
    this.reading = false;
    this.readBuffer = NOTHING;
  }

  /** The lane does not give the reply: the read is sent again, the own way. False when what is owed is not a read. */
  readAgain(large: boolean): boolean {
    if (!this.reading) return false;
    this.readsAlone ||= large;
    this.pending.onLane = 0;
    this.pending.replaceHead(ReplyKind.forward, 1);
    this.server.append(this.readBuffer, this.readStart, this.readEnd);
    this.answered();
    return true;
  }

  private get usable(): boolean {
    const { lane } = this.context;
    return lane !== undefined && lane.usable && this.singles.plain && !this.clientFull;
  }

  private get open(): boolean {
    const { pending, context } = this;
    if (!this.usable || !pending.empty || !pending.proven || pending.midReply) return false;
    if (this.restCommands > 0) {
      this.restCommands--;
      return false;
    }
    // The server closes connections that are idle for its `timeout`, in seconds: the client's own must not seem so.
    const now = context.lane?.nowMs() ?? 0;
    if (now - this.ownMs < gatewayLimits.ownConnectionMs) return true;
    this.ownMs = now;
    return false;
  }
}
