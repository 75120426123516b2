/** Once a second: how many own entries each peer lacks, since when, and what of our vector is on the disk. */
import { replicasIn, type Engine } from "@meridian/engine";
import { idOfStamp, stampOfId } from "../stamps.js";
import type { Vector } from "../vector.js";
import { BacklogGauge } from "./backlog-gauge.js";
import { Durability } from "./durability.js";
import { parseInfo } from "./info.js";
import { ReplicaHold } from "./replica-hold.js";

export class OwnLogProbe {
  private readonly gauge = new BacklogGauge();
  /** What of the vector is on the server's disk, as last seen. */
  onDisk: Vector = new Map();
  private readonly durability = new Durability();
  private readonly replicaHold = new ReplicaHold();
  /** What is written waits for an append-only file, not for a snapshot that comes once in a while. */
  usesAof = false;
  private readonly oldest = new Map<string, { after: number; stamp: number | undefined }>();

  constructor(private readonly engine: Engine) {}

  backlogAfter(stamp: number): number {
    return this.gauge.entriesAfter(stamp);
  }

  /** The first own entry after the peer's stamp, as the latest look found it. */
  oldestAfter(peer: string, stamp: number): number | undefined {
    const known = this.oldest.get(peer);
    return known !== undefined && known.after === stamp ? known.stamp : undefined;
  }

  /** Looks at the own log; `peers`: where each peer stands in it. */
  async lookAtLog(ownOrigin: string, peers: ReadonlyMap<string, number>): Promise<void> {
    const key = `${this.engine.root}:log:${ownOrigin}`;
    const reply = await this.engine.redis.call("XINFO", "STREAM", key).catch(() => undefined);
    if (!Array.isArray(reply)) return; // not written yet
    const fields = new Map<string, unknown>();
    for (let at = 0; at + 1 < reply.length; at += 2) fields.set(String(reply[at]), reply[at + 1]);
    const last = stampOrZero(fields.get("last-generated-id"));
    const first = fields.get("first-entry");
    const firstStamp = Array.isArray(first) ? stampOrZero(first[0]) : last;
    this.gauge.look(ownOrigin, Number(fields.get("entries-added")), Number(fields.get("length")), firstStamp, last);
    for (const [peer, after] of peers) {
      if (after >= last) {
        this.oldest.delete(peer);
        continue;
      }
      if (this.oldest.get(peer)?.after === after) continue;
      const rows = await this.engine.redis.call("XRANGE", key, `(${idOfStamp(after)}`, "+", "COUNT", "1");
      const row: unknown = Array.isArray(rows) ? rows[0] : undefined;
      this.oldest.set(peer, { after, stamp: Array.isArray(row) ? stampOrZero(row[0]) : undefined });
    }
  }

  /** The vector that is durable by now, on the disk and in the replicas, where that is news. */
  async lookAtDisk(ownOrigin: string, vector: Vector): Promise<Vector | undefined> {
    const text = await this.engine.redis.info("server", "persistence", "replication");
    const info = parseInfo(text);
    const aof = info.get("aof_enabled") === "1";
    this.usesAof = aof;
    // With another origin the process may have been emptied: what counted before is gone.
    const process = `${info.get("run_id") ?? ""} ${ownOrigin}`;
    const look = {
      aof,
      snapshots: !aof && (await this.hasSnapshots()),
      info,
      process,
      serverNowMs: Number(info.get("server_time_usec") ?? Date.now() * 1000) / 1000,
    };
    const onDisk = this.durability.look(look, vector);
    this.onDisk = onDisk ?? this.onDisk;
    const offset = Number(info.get("master_repl_offset") ?? 0);
    const replication = { process, nowMs: performance.now(), offset, replicas: replicasIn(info) };
    return this.replicaHold.look(replication, onDisk);
  }

  private async hasSnapshots(): Promise<boolean> {
    try {
      const reply = await this.engine.redis.call("CONFIG", "GET", "save");
      return Array.isArray(reply) && String(reply[1] ?? "") !== "";
    } catch {
      return true; // CONFIG is closed, as managed servers do: the careful guess
    }
  }
}

function stampOrZero(id: unknown): number {
  try {
    return stampOfId(String(id));
  } catch {
    return 0;
  }
}
