/**
 * Batches on their way into one stream: packed, held back by the limit of bandwidth, written when the stream takes
 * more. Control messages (pings, answers) don't come here: they pass by.
 *
 * 1. Batches leave in the order in which they came.
 * 2. What waits is held as it came, not encoded: one message at most is.
 * 3. Those of different partitions that wait together leave in one message, where they are small.
 * 4. `onFlow(false)` when more waits than should, or something can't leave; `onFlow(true)` when all has left.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { encodeBatch, encodeBundle, wrapPacked, type EncodedBatch } from "./batches.js";
import type { Packer } from "./compression.js";
import { linkLimits } from "./limits.js";
import type { TokenBucket } from "./token-bucket.js";
import type { LinkBatch } from "./types.js";

export interface OutboxOptions {
  /** False: the stream is full; `drained` is called when it is not any more. */
  readonly write: (bytes: Uint8Array) => boolean;
  readonly packer: Packer | undefined;
  readonly bucket: TokenBucket;
  readonly onFlow: (flows: boolean) => void;
  /** The packer failed: no message can follow. */
  readonly onFault: (error: unknown) => void;
}

export class Outbox {
  private readonly waiting: LinkBatch[] = [];
  private isWorking = false;
  private flows = true;
  private stopped = false;
  /** Ends the pause of the worker. */
  private wake: () => void = () => undefined;

  constructor(private readonly options: OutboxOptions) {}

  push(batch: LinkBatch): void {
    if (this.stopped) return;
    this.waiting.push(batch);
    if (!this.isWorking) void this.work();
    else if (this.waiting.length > this.waitingMax(batch)) this.flow(false);
  }

  /** The stream takes more. */
  drained(): void {
    this.wake();
  }

  /** The limit of bandwidth is another. */
  relimited(): void {
    this.wake();
  }

  stop(): void {
    this.stopped = true;
    this.waiting.length = 0;
    this.wake();
  }

  private async work(): Promise<void> {
    this.isWorking = true;
    try {
      if (this.waiting[0]?.partition !== undefined) await nextTurn(); // others come in this one
      while (this.waiting.length > 0) {
        for (const message of this.next()) await this.send(message);
      }
      this.isWorking = false;
      this.flow(true);
    } catch (error) {
      if (!this.stopped) this.options.onFault(error);
    }
  }

  private waitingMax({ partition }: LinkBatch): number {
    return partition === undefined ? linkLimits.outboxBatches : linkLimits.outboxBatchesOfPartitions;
  }

  /** What leaves next: small batches of partitions in one message, else one batch. */
  private next(): Iterable<EncodedBatch> {
    const { messageBytes } = this.options.bucket;
    let count = 0;
    for (let bytes = 0; count < this.waiting.length && count < linkLimits.bundleBatchesMax; count++) {
      const batch = this.waiting[count]!;
      if (batch.partition === undefined) break;
      bytes += linkLimits.bundleHeadBytes;
      for (const { payload } of batch.entries) bytes += payload.length;
      if (bytes > messageBytes) break;
    }
    if (count > 0) return [encodeBundle(this.waiting.splice(0, count))];
    return encodeBatch(this.waiting.shift()!, messageBytes);
  }

  private async send(message: EncodedBatch): Promise<void> {
    const { packer, bucket, write } = this.options;
    const packs = packer?.pays(message.body.length) === true;
    const bytes = packs
      ? wrapPacked(await packer.pack(message.body), message.body.length, message.isBundle)
      : message.whole;
    for (let ms = bucket.waitMs(performance.now()); ms > 0; ms = bucket.waitMs(performance.now())) {
      await this.pause(ms);
      if (this.stopped) return;
    }
    if (this.stopped) return;
    bucket.spend(bytes.length);
    if (!write(bytes)) await this.pause();
  }

  private flow(flows: boolean): void {
    if (flows === this.flows || this.stopped) return;
    this.flows = flows;
    this.options.onFlow(flows);
  }

  /** Until it is woken, or the time has passed. */
  private pause(ms?: number): Promise<void> {
    this.flow(false);
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, Math.ceil(ms));
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
