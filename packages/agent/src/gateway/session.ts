/**
 * One client and its own connection to the region's server. Bytes go through a router each way; a side that is full
 * stops the reading of the other, so that nothing piles up here: requests never wait for replies to be read, since
 * many clients write a whole pipeline before they read.
 */
import type { Socket } from "node:net";
import { Outbox, type Slab } from "./bytes.js";
import { errorReply } from "./errors.js";
import { gatewayLimits } from "./limits.js";
import { PendingReplies } from "./replies/pending-replies.js";
import { ReplyRouter } from "./replies/reply-router.js";
import type { LaneClient } from "./lane/lane-replies.js";
import { RequestRouter } from "./requests/request-router.js";
import type { RouterContext } from "./requests/router-context.js";
import type { ServerSide } from "./server-side.js";

export interface SessionOptions {
  readonly context: RouterContext;
  readonly slab: Slab;
  /** Of the server, as a person reads it. */
  serverAddress(): string;
  /** Makes the connection to the server; its bytes go to `onReply`, which gives each chunk back when it returns. */
  connect(onReply: (chunk: Buffer) => void, client: Socket): ServerSide;
  onClosed(): void;
}

export class Session implements LaneClient {
  private readonly pending = new PendingReplies();
  private readonly toServer: Outbox;
  private readonly toClient: Outbox;
  private readonly requests: RequestRouter;
  private readonly replies: ReplyRouter;
  private readonly server: ServerSide;
  private readonly serverAddress: string;
  private closed = false;
  private serverFailure = "connection closed";
  /** No more commands come, or are read; when all replies are given the client is closed. */
  private ending = false;
  private lastWords: NodeJS.Timeout | undefined;
  /** When bytes last came from the client, or went to it. */
  private activeMs = performance.now();
  /** Since when the client has not taken what is there for it; undefined: it has. */
  private stalledMs: number | undefined;

  constructor(
    private readonly client: Socket,
    private readonly options: SessionOptions,
  ) {
    const { slab, context } = options;
    this.toServer = new Outbox(slab);
    this.toClient = new Outbox(slab);
    this.requests = new RequestRouter(context, this.toServer, this.toClient, this.pending);
    this.replies = new ReplyRouter(this.pending, this.toClient, context.root, context.isOwnKey);
    this.requests.lane.client = this;
    this.requests.flush = () => {
      this.afterRequests();
      this.afterLane();
    };
    this.serverAddress = options.serverAddress();
    this.server = options.connect((chunk) => this.onReply(chunk), client);
    this.requests.waiting.writtenSlots = () => this.server.slotsWritten;
    this.listen();
  }

  /** As Redis sees it: who waits for a reply, or for messages, is not idle. */
  isIdleSince(beforeMs: number): boolean {
    if (this.activeMs > beforeMs || this.requests.blocked || this.replies.subscribed) return false;
    return this.pending.empty || this.client.writableLength > 0;
  }

  /** It listens, and takes nothing: that the server gave it up for that would not be seen while it is not read. */
  isStalledSince(beforeMs: number): boolean {
    return this.stalledMs !== undefined && this.stalledMs <= beforeMs && this.replies.subscribed;
  }

  /** Gives what is owed, then closes. */
  finish(): void {
    const { blocking } = this.requests.waiting;
    if (blocking?.idle === true) {
      this.destroy();
      return;
    }
    this.ending = true;
    this.client.pause();
    this.closeIfDone();
  }

  /** The server is not the region's primary any more: the client connects again, and to another one. */
  leaveServer(): void {
    this.serverFailure = "another server is the primary now";
    this.server.destroy();
  }

  destroy(): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.lastWords);
    this.requests.waiting.leave();
    this.client.destroy();
    this.server.destroy();
    this.options.onClosed();
  }

  private listen(): void {
    const { client, server } = this;
    client.on("data", (chunk: Buffer) => this.onRequest(chunk));
    client.on("drain", () => this.onClientDrained());
    client.on("end", () => {
      this.requests.endOfBytes();
      this.finish();
    });
    client.on("error", () => this.destroy());
    client.on("close", () => this.destroy());
    server.on("drain", () => this.resumeClient());
    server.on("error", (error: NodeJS.ErrnoException) => (this.serverFailure = error.code ?? error.message));
    server.on("close", () => this.onServerClosed());
  }

  private onRequest(chunk: Buffer): void {
    const { requests, options } = this;
    options.context.stats.bytesFromClients += chunk.length;
    this.activeMs = performance.now();
    requests.feed(chunk);
    this.afterRequests();
  }

  private afterRequests(): void {
    const { requests, toServer, server } = this;
    if (!toServer.empty) toServer.drainTo(server);
    if (!this.toClient.empty) this.writeToClient();
    if (requests.aborted) {
      this.destroy();
      return;
    }
    if (requests.ended) this.finish();
    else if (this.full) this.pauseClient();
  }

  private onReply(chunk: Buffer): void {
    if (this.closed) return;
    const { replies, requests } = this;
    replies.feed(chunk);
    if (!this.toClient.empty) this.writeToClient();
    if (replies.memoryFull) {
      replies.memoryFull = false;
      this.options.context.call.noteFull();
    }
    const { peeked } = replies;
    if (peeked !== undefined) {
      replies.peeked = undefined;
      requests.onPeeked(peeked);
    } else if (requests.mayResume) {
      this.resumeRequests();
    }
    if (this.replies.failed) this.endClient();
    else if (this.ending) this.closeIfDone();
    else if (this.client.isPaused() && !this.full) this.client.resume();
  }

  onLaneReplies(bytes: Buffer, start: number, end: number, count: number): void {
    if (this.closed) return;
    const { requests, replies } = this;
    requests.lane.answered();
    replies.giveLane(bytes, start, end, count);
    if (requests.mayResume) {
      this.resumeRequests();
    } else {
      this.writeToClient();
      this.afterLane();
    }
  }

  onLaneReadTooLarge(): void {
    if (!this.closed && this.requests.lane.readAgain(true)) this.resumeRequests();
  }

  onLaneLost(): void {
    if (this.closed || this.pending.onLane === 0) return;
    if (this.requests.lane.readAgain(false)) this.resumeRequests();
    else this.onServerClosed();
  }

  /** The next command may have waited for what has come. */
  private resumeRequests(): void {
    if (this.requests.mayResume) this.requests.resume();
    this.afterRequests();
    this.afterLane();
  }

  private afterLane(): void {
    if (this.closed) return;
    if (this.ending) this.closeIfDone();
    else this.resumeClient();
  }

  private writeToClient(): void {
    const { client, server, toClient } = this;
    const { stats } = this.options.context;
    stats.bytesToClients += toClient.bytes;
    this.activeMs = performance.now();
    toClient.drainTo(client);
    if (!isFull(client)) return;
    this.requests.lane.clientFull = true;
    this.stalledMs ??= performance.now();
    if (server.isPaused()) return;
    stats.serverPauses++;
    server.pause();
  }

  private get full(): boolean {
    const { pending, client, server } = this;
    return (
      isFull(server) ||
      this.isHeldUp ||
      pending.runs > gatewayLimits.pendingRunsMax ||
      pending.localBytes + client.writableLength > gatewayLimits.localReplyBytesMax
    );
  }

  /** While a client only waits for a value it is read, for its end must be seen. */
  private get isHeldUp(): boolean {
    const { blocked, waiting, heldBytes } = this.requests;
    return blocked && (waiting.blocking === undefined || heldBytes > gatewayLimits.waitingBytesMax);
  }

  private pauseClient(): void {
    this.options.context.stats.clientPauses++;
    this.client.pause();
  }

  private resumeClient(): void {
    if (!this.ending && this.client.isPaused() && !this.full) this.client.resume();
  }

  private onClientDrained(): void {
    this.requests.lane.clientFull = false;
    this.stalledMs = undefined;
    if (this.server.isPaused()) this.server.resume();
    this.resumeClient();
  }

  private closeIfDone(): void {
    if (this.pending.empty || this.replies.subscribed) this.endClient();
  }

  /** The client has a while to read what is left. */
  private endClient(): void {
    this.requests.waiting.leave();
    this.server.destroy();
    this.client.destroySoon();
    this.lastWords ??= setTimeout(() => this.destroy(), this.options.context.limits.drainMs);
  }

  private onServerClosed(): void {
    if (this.closed) return;
    if (!this.ending && !this.requests.ended) this.options.context.stats.serverConnectionsLost++;
    if (!this.server.connecting && this.server.bytesRead === 0 && !this.pending.empty && !this.ending) {
      const details = { address: this.serverAddress, reason: this.serverFailure };
      this.client.write(errorReply("serverDown", details));
    }
    this.endClient();
  }
}

/** More is waiting than the socket wants; what the system took at once does not count. "drain" will tell the end. */
function isFull(socket: Pick<ServerSide, "writableNeedDrain" | "writableLength">): boolean {
  return socket.writableNeedDrain && socket.writableLength > 0;
}
