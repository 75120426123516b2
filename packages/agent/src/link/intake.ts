/**
 * Batches on their way out of one stream: unpacked, and handed over in the order in which they came.
 *
 * 1. While nothing waits, what is not packed, or small, is handed over at once.
 * 2. When much waits the stream is not read: what comes is bounded.
 * 3. After the first message that can't be read, and after `stop`, nothing is handed over.
 */
import { fromBinary } from "@bufbuild/protobuf";
import { BatchReader } from "./batches.js";
import { Unpacker } from "./compression.js";
import { BatchSchema, BundleSchema, type Batch, type Bundle, type Packed } from "./gen/meridian/link/v1/link_pb.js";
import { linkLimits } from "./limits.js";
import type { LinkBatch } from "./types.js";

export interface IntakeOptions {
  /** Whether packed ones may come. */
  readonly isPacked: boolean;
  /** Batches are of partitions. */
  readonly hasSlots: boolean;
  readonly received: (batch: LinkBatch) => void;
  /** A message can't be read; called once. */
  readonly failed: (error: unknown) => void;
  /** Whether the stream is to be read. */
  readonly onFlow: (flows: boolean) => void;
}

type Message = { packed: Packed } | { batch: Batch } | { bundle: Bundle };
/** What was in a message. */
type Opened = readonly Batch[];

export class Intake {
  private readonly batches: BatchReader;
  private readonly unpacker: Unpacker | undefined;
  private readonly waiting: Message[] = [];
  private waitingBytes = 0;
  private isWorking = false;
  private flows = true;
  private isOver = false;

  constructor(private readonly options: IntakeOptions) {
    this.batches = new BatchReader(options.hasSlots);
    if (options.isPacked) this.unpacker = new Unpacker();
  }

  /** Throws on what can't be. */
  take(message: Message): void {
    if (this.isOver) return;
    if (this.isWorking) {
      this.waiting.push(message);
      this.waitingBytes += bytesOf(message);
      if (this.waitingBytes > linkLimits.intakeBytesMax) this.flow(false);
      return;
    }
    const opened = this.opened(message);
    if (opened instanceof Promise) void this.work(opened);
    else this.hand(opened);
  }

  stop(): void {
    this.isOver = true;
    this.waiting.length = 0;
  }

  /** From one that takes its time on, until nothing waits. */
  private async work(first: Promise<Opened>): Promise<void> {
    this.isWorking = true;
    try {
      for (let next: Opened | Promise<Opened> | undefined = first; next !== undefined; next = this.next()) {
        const opened = await next;
        if (this.isOver) return;
        this.hand(opened);
      }
      this.isWorking = false;
      this.flow(true);
    } catch (error) {
      if (this.isOver) return;
      this.stop();
      this.options.failed(error);
    }
  }

  private next(): Opened | Promise<Opened> | undefined {
    const message = this.waiting.shift();
    if (message === undefined) return undefined;
    this.waitingBytes -= bytesOf(message);
    return this.opened(message);
  }

  private opened(message: Message): Opened | Promise<Opened> {
    if ("batch" in message) return [message.batch];
    if ("bundle" in message) return message.bundle.batches;
    if (this.unpacker === undefined) throw new RangeError("a packed batch, where none was agreed");
    const { data, length, isBundle } = message.packed;
    const batchesIn = isBundle ? bundled : single;
    const piece = this.unpacker.unpack(data, length);
    return piece instanceof Promise ? piece.then(batchesIn) : batchesIn(piece);
  }

  private hand(messages: Opened): void {
    for (const message of messages) {
      const batch = this.batches.read(message);
      if (batch !== undefined) this.options.received(batch);
    }
  }

  private flow(flows: boolean): void {
    if (flows === this.flows) return;
    this.flows = flows;
    this.options.onFlow(flows);
  }
}

function single(piece: Uint8Array): Opened {
  return [fromBinary(BatchSchema, piece)];
}

function bundled(piece: Uint8Array): Opened {
  return fromBinary(BundleSchema, piece).batches;
}

function bytesOf(message: Message): number {
  if ("packed" in message) return message.packed.data.length;
  if ("batch" in message) return message.batch.payloads.length;
  return message.bundle.batches.reduce((sum, { payloads }) => sum + payloads.length, 0);
}
