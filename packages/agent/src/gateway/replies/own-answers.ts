/**
 * What the gateway says itself: refusals and protocol errors. An answer waits for its turn when replies before it are
 * still to come.
 */
import type { Outbox } from "../bytes.js";
import type { Verdict } from "../commands/command-checks.js";
import type { CommandEntry } from "@meridian/core";
import { errorReply } from "../errors.js";
import type { PendingReplies } from "./pending-replies.js";
import { countRefused, type GatewayStats } from "../stats.js";

export class OwnAnswers {
  /** After a protocol error nothing more is read; the client is closed when it has its replies. */
  ended = false;
  /** Closed without a word: somebody makes a browser speak to us. */
  aborted = false;

  constructor(
    private readonly stats: GatewayStats,
    private readonly client: Outbox,
    private readonly pending: PendingReplies,
  ) {}

  give(reply: Buffer): void {
    if (this.pending.silent && !this.ended) return;
    if (this.pending.empty && !this.pending.midReply) this.client.copy(reply, 0, reply.length);
    else this.pending.pushLocal(reply);
  }

  refuse(verdict: Verdict & { pass: "answer" }, entry: CommandEntry | undefined): void {
    if (verdict.refused !== undefined) countRefused(this.stats, verdict.refused);
    if (entry === undefined && (verdict.refused === "POST" || verdict.refused === "HOST:")) {
      this.ended = this.aborted = true;
      return;
    }
    this.give(verdict.reply);
  }

  protocolError(problem: string): void {
    this.stats.protocolErrors++;
    this.give(errorReply("protocol", { problem }));
    this.ended = true;
  }
}
