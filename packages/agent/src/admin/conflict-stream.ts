/**
 * GET /api/conflicts/events: conflicts as they arise and are resolved, as server-sent events, until either side ends it. The name of
 * each is its `event`, its data one line of JSON (ConflictNotice).
 *
 * Invariant: of a reader that is slow at most the limit's bytes are kept; then it is told how many it missed.
 */
import type { ServerResponse } from "node:http";
import { AgentError } from "../errors.js";
import { agentLimits } from "../limits.js";
import type { ConflictListener, Unsubscribe } from "./conflict-notices.js";
import type { ConflictNotice } from "./documents.js";

export class ConflictStreams {
  private readers = 0;

  constructor(private readonly subscribe: (listener: ConflictListener) => Unsubscribe) {}

  open(response: ServerResponse): void {
    if (this.readers >= agentLimits.conflictReadersMax) {
      throw new AgentError("MERIDIAN_STREAMS", { most: agentLimits.conflictReadersMax });
    }
    const reader = new Reader(response);
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    response.write(": listening\n\n");
    this.readers++;
    const unsubscribe = this.subscribe((notice) => reader.tell(notice));
    const timer = setInterval(() => reader.keepAlive(), agentLimits.conflictReaderAliveMs);
    timer.unref();
    response.on("error", () => undefined); // "close" follows
    response.once("close", () => {
      this.readers--;
      clearInterval(timer);
      unsubscribe();
    });
  }
}

/** What one reader gets. */
export class Reader {
  private missed: { count: number | null; seenIn: string } | undefined;

  constructor(private readonly response: Pick<ServerResponse, "write" | "writableLength" | "once">) {}

  tell(notice: ConflictNotice): void {
    if (this.missed === undefined && this.response.writableLength <= agentLimits.conflictReaderBytesMax) {
      this.write(notice);
      return;
    }
    if (this.missed === undefined) this.response.once("drain", () => this.tellMissed());
    const before = this.missed === undefined ? 0 : this.missed.count;
    const more = notice.event === "missed" ? notice.count : 1;
    this.missed = { count: before === null || more === null ? null : before + more, seenIn: notice.seenIn };
  }

  /** Else somebody on the way may take it for dead. */
  keepAlive(): void {
    if (this.response.writableLength === 0) this.response.write(":\n\n");
  }

  private tellMissed(): void {
    const { missed } = this;
    this.missed = undefined;
    if (missed !== undefined) this.write({ event: "missed", ...missed });
  }

  private write(notice: ConflictNotice): void {
    this.response.write(`event: ${notice.event}\ndata: ${JSON.stringify(notice)}\n\n`);
  }
}
