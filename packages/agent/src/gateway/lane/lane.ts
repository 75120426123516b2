/**
 * Small commands of many clients over one connection. A client that waits for each reply gives the server one small
 * command at a time; fifty of them make fifty reads and writes here and there, and fifty log entries. What such clients
 * send within one turn of the event loop goes together: the writes as one function call, which is one atomic step and one log
 * entry; after it the reads, each as it came.
 *
 * Invariants (those of each client's use are in lane-use.ts)
 * 1. Rights: the lane is nobody but the server's default user.
 * 2. Not used: a lane that is not connected, is not let in by the server, or has bytes waiting.
 * 3. It waits for no client: replies to reads are small, or dropped (lane-replies.ts), and a client whose socket is full
 *    does not use the lane.
 */
import type { Socket } from "node:net";
import { Outbox, type Slab } from "../bytes.js";
import type { FunctionCall, WriteRun } from "../requests/function-call.js";
import { type LaneClient, type LaneGroup, LaneReplies } from "./lane-replies.js";
import { gatewayLimits } from "../limits.js";
import type { ServerConnector } from "../server-connection.js";
import type { GatewayStats } from "../stats.js";

/** The first thing said on a lane: only who is let in gets the answer. */
const GREETING = Buffer.from("*1\r\n$4\r\nPING\r\n");

/** What a client's router sees of the lane. */
export interface Lane {
  readonly usable: boolean;
  /** The server lets nobody do anything who has not logged in; false also while that is not known. */
  readonly loginNeeded: boolean;
  nowMs(): number;
  /** Takes the run, and empties it. */
  addWrites(client: LaneClient, run: WriteRun, buffer: Buffer): void;
  addRead(client: LaneClient, buffer: Buffer, start: number, end: number): void;
}

export interface LaneOptions {
  readonly connect: ServerConnector;
  readonly call: FunctionCall;
  readonly slab: Slab;
  readonly stats: GatewayStats;
  readonly nowMs: () => number;
}

export class SharedLane implements Lane {
  private socket: Socket | undefined;
  private letIn = false;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  /** The arguments of the open call. */
  private readonly body: Outbox;
  private readonly reads: Outbox;
  private readonly out: Outbox;
  private call: LaneGroup = newGroup(true);
  private argumentCount = 0;
  private reading: LaneGroup = newGroup(false);
  private readonly replies = new LaneReplies();
  private scheduled = false;
  /** On a server whose memory is full each write goes by itself, for one that frees memory is taken then. */
  private restUntilMs = 0;
  private readonly flushSoon = (): void => this.flush();

  constructor(private readonly options: LaneOptions) {
    this.body = new Outbox(options.slab);
    this.reads = new Outbox(options.slab);
    this.out = new Outbox(options.slab);
    this.connect();
  }

  get usable(): boolean {
    if (!this.letIn || this.socket?.writableLength !== 0) return false;
    return this.restUntilMs === 0 || this.options.nowMs() >= this.restUntilMs;
  }

  get loginNeeded(): boolean {
    return this.replies.refused;
  }

  nowMs(): number {
    return this.options.nowMs();
  }

  /** They are sent when this turn of the event loop is over. */
  addWrites(client: LaneClient, run: WriteRun, buffer: Buffer): void {
    const { call, body } = this;
    if (call.replies + run.count > gatewayLimits.batchCommandsMax || body.bytes > gatewayLimits.batchBytesMax) {
      this.closeCall();
    }
    this.call.clients.push(client);
    this.call.counts.push(run.count);
    this.call.replies += run.count;
    this.argumentCount += run.writeBodyTo(body, buffer);
    this.schedule();
  }

  addRead(client: LaneClient, buffer: Buffer, start: number, end: number): void {
    const { reading } = this;
    reading.clients.push(client);
    reading.counts.push(1);
    reading.replies++;
    this.reads.copy(buffer, start, end);
    this.schedule();
  }

  /** Connects anew. */
  leaveServer(): void {
    this.socket?.destroy();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.socket?.destroy();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.flushSoon);
  }

  private connect(): void {
    const socket = this.options.connect((chunk) => this.onReply(chunk));
    this.socket = socket;
    socket.once("connect", () => socket.write(GREETING));
    socket.on("error", () => undefined); // "close" follows
    socket.once("close", () => this.onClose());
  }

  private onReply(chunk: Buffer): void {
    if (this.replies.feed(chunk)) this.letIn ||= this.replies.greeted;
    else this.socket?.destroy();
    if (!this.letIn && this.replies.answeredGreeting) this.greetLater();
    if (!this.replies.memoryFull) return;
    this.replies.memoryFull = false;
    this.restUntilMs = this.options.nowMs() + gatewayLimits.laneFullMs;
    this.options.call.noteFull();
  }

  private greetLater(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.replies.greetAgain();
      this.socket?.write(GREETING);
    }, gatewayLimits.laneGreetMs);
    this.timer.unref();
  }

  private onClose(): void {
    clearTimeout(this.timer);
    this.letIn = false;
    const lost = [...this.replies.reset(), this.call, this.reading];
    this.call = newGroup(true);
    this.reading = newGroup(false);
    this.argumentCount = 0;
    for (const outbox of [this.body, this.reads, this.out]) outbox.clear();
    for (const { clients } of lost) for (const client of clients) client.onLaneLost();
    if (this.stopped) return;
    this.timer = setTimeout(() => this.connect(), gatewayLimits.laneReconnectMs);
    this.timer.unref();
  }

  private closeCall(): void {
    const { call, out, body } = this;
    if (call.replies === 0) return;
    const { call: calls } = this.options;
    calls.writePipelineHeader(out, this.argumentCount, calls.isFull, false);
    body.moveTo(out);
    this.options.stats.functionCalls++;
    this.replies.expect(call);
    this.call = newGroup(true);
    this.argumentCount = 0;
  }

  private flush(): void {
    this.scheduled = false;
    this.closeCall();
    if (this.reading.replies > 0) {
      this.reads.moveTo(this.out);
      this.replies.expect(this.reading);
      this.reading = newGroup(false);
    }
    if (this.socket !== undefined && !this.out.empty) this.out.drainTo(this.socket);
  }
}

function newGroup(call: boolean): LaneGroup {
  return { call, clients: [], counts: [], replies: 0 };
}
