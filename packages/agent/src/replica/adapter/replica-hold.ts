/**
 * What of a server's vector outlives a failover of the server: what its replicas have got too, for any of them may be the next
 * primary. Pure: looks at INFO in, vectors out.
 *
 * - A vector that is durable on the server counts once every replica has acknowledged what the server had written by then.
 * - A replica that is gone counts for `replicaKeptMs` as it stood last: for so long it may still be promoted.
 * - One that has not been in sync since we look has no copy to be promoted with.
 */
import type { ServerReplica } from "@meridian/engine";
import { adapterLimits } from "./limits.js";

export interface ReplicationLook {
  /** The process that is the primary: of another one there are other replicas. */
  readonly process: string;
  readonly nowMs: number;
  /** What the primary has written, in its replication stream. */
  readonly offset: number;
  readonly replicas: readonly ServerReplica[];
}

type Vector = ReadonlyMap<string, number>;

export class ReplicaHold {
  private process = "";
  private readonly known = new Map<string, { offset: number; seenMs: number }>();
  private waiting: { vector: Vector; offset: number }[] = [];

  /** `durable`: on the server, where that is news; it was so before the look. What all have by now, where that is news. */
  look({ process, nowMs, offset, replicas }: ReplicationLook, durable: Vector | undefined): Vector | undefined {
    const { known, waiting } = this;
    if (process !== this.process) {
      this.process = process;
      known.clear();
      waiting.length = 0;
    }
    for (const replica of replicas) {
      if (replica.state === "online") known.set(replica.address, { offset: replica.offset, seenMs: nowMs });
    }
    for (const [address, { seenMs }] of known) {
      if (nowMs - seenMs > adapterLimits.replicaKeptMs) known.delete(address);
    }
    if (waiting.length >= adapterLimits.durabilityMarksMax) waiting.splice(1, 1);
    if (durable !== undefined) waiting.push({ vector: durable, offset });
    const least = Math.min(...Array.from(known.values(), (replica) => replica.offset));
    let held: Vector | undefined;
    while (waiting.length > 0 && waiting[0]!.offset <= least) held = waiting.shift()!.vector;
    return held;
  }
}
