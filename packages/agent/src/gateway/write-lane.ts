/**
 * Writes of many clients in one function call. A client that waits for each reply gives the server one small call at a
 * time; fifty of them make fifty reads, writes and log entries. What such clients write within one turn of the event
 * loop goes together over one connection of the gateway's, as one call: one atomic step, one log entry.
 *
 * Rejected: reads too. Their replies may be large, and would keep everyone behind them waiting.
 *
 * Invariants
 * 1. Rights: the lane is nobody but the server's default user, and takes only clients that have proven on their own
 *    connection to be just that (a function call succeeded there, and they never changed who they are).
 * 2. Order: a client's commands go another way only when the lane owes it nothing, and the other way round.
 * 3. A lane that is not connected, or has bytes waiting, is not used: clients have their own connections.
 */
import type { Socket } from "node:net";
import { Outbox, type Slab } from "./bytes.js";
import { errorReply } from "./errors.js";
import type { FunctionCall, WriteRun } from "./function-call.js";
import { gatewayLimits } from "./limits.js";
import { replyEnd } from "./reply-end.js";
import type { ServerConnector } from "./server-connection.js";
import type { GatewayStats } from "./stats.js";

const STAR = 42;
const MINUS = 45;
const LF = 10;
const NOTHING = Buffer.alloc(0);
const FUNCTION_MISSING = "-ERR Function not found";

export interface LaneClient {
  /** The next `count` replies, whole; the bytes are lent. */
  onLaneReplies(bytes: Buffer, start: number, end: number, count: number): void;
  onLaneLost(): void;
}

/** What a client's router sees of the lane. */
export interface Lane {
  readonly usable: boolean;
  /** Takes the run, and empties it. */
  add(client: LaneClient, run: WriteRun, buffer: Buffer): void;
}

/** One call under way: who is owed how many replies, in order. */
interface Group {
  readonly clients: LaneClient[];
  readonly counts: number[];
  writes: number;
}

export interface LaneOptions {
  readonly connect: ServerConnector;
  readonly call: FunctionCall;
  readonly slab: Slab;
  readonly stats: GatewayStats;
}

export class WriteLane implements Lane {
  private socket: Socket | undefined;
  private connected = false;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly body: Outbox;
  private readonly out: Outbox;
  private open: Group = newGroup();
  private argumentCount = 0;
  private readonly sent: Group[] = [];
  private scheduled = false;
  private held: Buffer = NOTHING;
  private readonly libraryLoading = errorReply("libraryLoading");

  constructor(private readonly options: LaneOptions) {
    this.body = new Outbox(options.slab);
    this.out = new Outbox(options.slab);
    this.connect();
  }

  get usable(): boolean {
    return this.connected && this.socket?.writableLength === 0;
  }

  /** Takes the run: it is sent when this turn of the event loop is over. */
  add(client: LaneClient, run: WriteRun, buffer: Buffer): void {
    const { open, body } = this;
    if (open.writes + run.count > gatewayLimits.batchCommandsMax || body.bytes > gatewayLimits.batchBytesMax) {
      this.closeGroup();
    }
    this.open.clients.push(client);
    this.open.counts.push(run.count);
    this.open.writes += run.count;
    this.argumentCount += run.writeBodyTo(body, buffer);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.socket?.destroy();
  }

  private connect(): void {
    const socket = this.options.connect((chunk) => this.onReply(chunk));
    this.socket = socket;
    socket.once("connect", () => (this.connected = true));
    socket.on("error", () => undefined); // "close" follows
    socket.once("close", () => this.onClose());
  }

  private onClose(): void {
    this.connected = false;
    this.held = NOTHING;
    const lost = [...this.sent.splice(0), this.open];
    this.open = newGroup();
    this.argumentCount = 0;
    this.body.clear();
    this.out.clear();
    for (const { clients } of lost) for (const client of clients) client.onLaneLost();
    if (this.stopped) return;
    this.timer = setTimeout(() => this.connect(), gatewayLimits.laneReconnectMs);
    this.timer.unref();
  }

  private closeGroup(): void {
    const { open, out, body } = this;
    if (open.writes === 0) return;
    this.options.call.writePipelineHeader(out, this.argumentCount);
    body.moveTo(out);
    this.options.stats.functionCalls++;
    this.sent.push(open);
    this.open = newGroup();
    this.argumentCount = 0;
  }

  private flush(): void {
    this.scheduled = false;
    this.closeGroup();
    if (this.socket !== undefined && !this.out.empty) this.out.drainTo(this.socket);
  }

  private onReply(chunk: Buffer): void {
    const buffer = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    let at = 0;
    while (at < buffer.length) {
      const group = this.sent[0];
      const next = group === undefined ? buffer.length : this.give(group, buffer, at);
      if (next < 0) break;
      if (group !== undefined) this.sent.shift();
      at = next;
    }
    this.held = at < buffer.length ? Buffer.from(buffer.subarray(at)) : NOTHING;
  }

  /** The replies of one group, when they are there whole: after them, or -1. */
  private give(group: Group, buffer: Buffer, at: number): number {
    const end = replyEnd(buffer, at, 1);
    if (end < 0) return -1;
    if (buffer[at] === MINUS) {
      const missing = buffer.toString("latin1", at, at + FUNCTION_MISSING.length) === FUNCTION_MISSING;
      const error = missing ? this.libraryLoading : Buffer.from(buffer.subarray(at, end));
      for (const [index, client] of group.clients.entries()) {
        const count = group.counts[index] as number;
        const all = Buffer.concat(Array.from({ length: count }, () => error));
        client.onLaneReplies(all, 0, all.length, count);
      }
      return end;
    }
    let from = buffer.indexOf(LF, at) + 1;
    if (buffer[at] !== STAR || Number(buffer.toString("latin1", at + 1, from - 2)) !== group.writes) {
      this.socket?.destroy();
      return -1;
    }
    for (let index = 0; index < group.clients.length; index++) {
      const count = group.counts[index] as number;
      const to = replyEnd(buffer, from, count);
      (group.clients[index] as LaneClient).onLaneReplies(buffer, from, to, count);
      from = to;
    }
    return end;
  }
}

function newGroup(): Group {
  return { clients: [], counts: [], writes: 0 };
}
