/**
 * Batches on their way out of one stream: unpacked, and handed over in the order in which they came.
 *
 * 1. While nothing waits, what is not packed is handed over at once.
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
    if ("batch" in message && !this.isWorking) {
      this.hand(message.batch);
      return;
    }
    this.waiting.push(message);
    this.waitingBytes += bytesOf(message);
    if (this.waitingBytes > linkLimits.intakeBytesMax) this.flow(false);
    if (!this.isWorking) void this.work();
  }

  stop(): void {
    this.isOver = true;
    this.waiting.length = 0;
    this.unpacker?.stop();
  }

  private async work(): Promise<void> {
    this.isWorking = true;
    try {
      for (let message = this.waiting.shift(); message !== undefined; message = this.waiting.shift()) {
        this.waitingBytes -= bytesOf(message);
        const batch = "batch" in message ? message.batch : await this.unpacked(message.packed);
        if (this.isOver) return;
        this.hand(batch);
      }
      this.isWorking = false;
      this.flow(true);
    } catch (error) {
      if (this.isOver) return;
      this.stop();
      this.options.failed(error);
    }
  }

  private async unpacked({ data, length }: Packed): Promise<Batch> {
    if (this.unpacker === undefined) throw new RangeError("a packed batch, where none was agreed");
    return fromBinary(BatchSchema, await this.unpacker.unpack(data, length));
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

function bytesOf(message: Message): number {
  return "batch" in message ? message.batch.payloads.length : message.packed.data.length;
}
