/**
 * Gives this region's state away: its head, or pieces one after the other.
 *
 * 1. Nothing is handed over before this server holds durably all that it includes. Meanwhile more pieces are exported: as
 *    much as leaves in good time, and no longer than the oldest of them waits.
 * 2. The server has at least as much time for others as it spends on exporting.
 */
import { setTimeout as delay } from "node:timers/promises";
import { LinkError, type ExportedText, type ExportWish } from "../../link/index.js";
import { covers, type Vector } from "../vector.js";
import { adapterLimits } from "./limits.js";

export interface StateExportOptions {
  /** The library's `export`, replies as bytes. */
  readonly call: (...args: string[]) => Promise<unknown>;
  /** Of the partition. */
  readonly buckets: number;
  readonly region: string;
  /** What of this server's vector outlives a crash of it. */
  readonly durable: () => Vector;
  /** A head was exported for the peer: logs are to be kept from there on. */
  readonly gave: (peer: string, vector: Vector) => void;
}

export class StateExport {
  constructor(private readonly options: StateExportOptions) {}

  /** Rejects with a LinkError where the server refuses, or is lost. */
  async *texts(peer: string, wish: ExportWish, signal: AbortSignal): AsyncGenerator<ExportedText, void> {
    const { exportKeys, exportBytes, exportHeldBytesMax, exportAgeMsMax } = adapterLimits;
    const held: (ExportedText & { readonly atMs: number })[] = [];
    let heldBytes = 0;
    /** Of `heldBytes`; grows while all that is held leaves in time. */
    let room: number = exportBytes;
    let next = wish.head === true ? this.options.buckets : (wish.bucket ?? 0);
    /** As the server says it: within a bucket there may be pages of a large value. */
    let from = String(next);
    if (wish.head === true) {
      const head = await this.export(peer, "head", peer);
      this.options.gave(peer, head.vector);
      held.push(head);
    }
    while (!signal.aborted) {
      const oldest = held[0];
      if (oldest !== undefined && covers(this.options.durable(), oldest.vector)) {
        held.shift();
        heldBytes -= oldest.text.length;
        const isLate = performance.now() - oldest.atMs > exportAgeMsMax;
        if (isLate) room = Math.max(exportBytes, room / 2);
        else if (held.length === 0) room = Math.min(exportHeldBytesMax, room * 2);
        yield oldest;
      } else if (next < this.options.buckets && heldBytes < room) {
        const startedMs = performance.now();
        const piece = await this.export(peer, from, String(exportKeys), String(exportBytes), peer);
        next = piece.nextBucket;
        from = piece.next;
        heldBytes += piece.text.length;
        held.push(piece);
        await delay(performance.now() - startedMs);
      } else if (oldest === undefined) {
        return;
      } else {
        await delay(adapterLimits.exportDurableEveryMs);
      }
    }
  }

  private async export(peer: string, ...args: string[]): Promise<Exported & { atMs: number }> {
    try {
      return { ...exportedOf(await this.options.call(...args)), atMs: performance.now() };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const { region } = this.options;
      throw new LinkError("LINK_NO_STATE", { region, peer, reason }, error);
    }
  }
}

interface Exported extends ExportedText {
  /** Where the server goes on. */
  readonly next: string;
}

/** [head, vector] or [next, piece, vector], a vector as [origin, stamp, ...]; next is a bucket, or `bucket:page`. */
function exportedOf(reply: unknown): Exported {
  const [flat, text, next = 0] = Array.isArray(reply) ? (reply as unknown[]).toReversed() : [];
  if (!Array.isArray(flat) || !Buffer.isBuffer(text)) throw new RangeError("no state came back");
  const vector = new Map<string, number>();
  for (let at = 0; at + 1 < flat.length; at += 2) vector.set(String(flat[at]), Number(String(flat[at + 1])));
  return { text, next: String(next), nextBucket: Number.parseInt(String(next), 10), vector };
}
