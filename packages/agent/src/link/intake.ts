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
import { BatchSchema, type Batch, type Packed } from "./gen/meridian/link/v1/link_pb.js";
import { linkLimits } from "./limits.js";
import type { LinkBatch } from "./types.js";

export interface IntakeOptions {
  /** Whether packed ones may come. */
  readonly isPacked: boolean;
  readonly received: (batch: LinkBatch) => void;
  /** A message can't be read; called once. */
  readonly failed: (error: unknown) => void;
  /** Whether the stream is to be read. */
  readonly onFlow: (flows: boolean) => void;
}

type Message = { packed: Packed } | { batch: Batch };

export class Intake {
  private readonly batches = new BatchReader();
  private readonly unpacker: Unpacker | undefined;
  private readonly waiting: Message[] = [];
  private waitingBytes = 0;
  private isWorking = false;
  private flows = true;
  private isOver = false;

  constructor(private readonly options: IntakeOptions) {
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
    const batch = this.opened(message);
    if (batch instanceof Promise) void this.work(batch);
    else this.hand(batch);
  }

  stop(): void {
    this.isOver = true;
    this.waiting.length = 0;
  }

  /** From one that takes its time on, until nothing waits. */
  private async work(first: Promise<Batch>): Promise<void> {
    this.isWorking = true;
    try {
      for (let batch: Batch | Promise<Batch> | undefined = first; batch !== undefined; batch = this.next()) {
        const opened = await batch;
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

  private next(): Batch | Promise<Batch> | undefined {
    const message = this.waiting.shift();
    if (message === undefined) return undefined;
    this.waitingBytes -= bytesOf(message);
    return this.opened(message);
  }

  private opened(message: Message): Batch | Promise<Batch> {
    if ("batch" in message) return message.batch;
    if (this.unpacker === undefined) throw new RangeError("a packed batch, where none was agreed");
    const { data, length } = message.packed;
    const piece = this.unpacker.unpack(data, length);
    return piece instanceof Promise ? piece.then(batchIn) : batchIn(piece);
  }

  private hand(message: Batch): void {
    const batch = this.batches.read(message);
    if (batch !== undefined) this.options.received(batch);
  }

  private flow(flows: boolean): void {
    if (flows === this.flows) return;
    this.flows = flows;
    this.options.onFlow(flows);
  }
}

function batchIn(piece: Uint8Array): Batch {
  return fromBinary(BatchSchema, piece);
}

function bytesOf(message: Message): number {
  return "batch" in message ? message.batch.payloads.length : message.packed.data.length;
}
