/**
 * What of a node's slots outlives a crash of it: INFO once a second for all of them. A look has a number; what a slot had
 * applied before the look is durable once that number is (adapter/durability.ts, adapter/replica-hold.ts), so the cost
 * follows the slots that moved.
 */
import { replicasIn, type SlotNode } from "@meridian/engine";
import { Durability } from "../adapter/durability.js";
import { parseInfo } from "../adapter/info.js";
import { ReplicaHold } from "../adapter/replica-hold.js";

const LOOK = "look";

export class NodeDurability {
  /** Of the node's clock, at the latest look. */
  serverNowMs = 0;
  usesAof = false;
  /** Keys that have expired, as the node counts them. */
  expiredKeys = "0";
  /** The latest look that has begun, and the latest one that is durable. */
  looks = 0;
  durable = 0;
  /** The process that answered last; "": none has. */
  process = "";
  private readonly durability = new Durability();
  private readonly hold = new ReplicaHold();
  private snapshots: boolean | undefined;

  constructor(private readonly node: SlotNode) {}

  /** True where more is durable than before. Rejects where the node does not answer. */
  async look(): Promise<boolean> {
    const number = ++this.looks;
    const info = parseInfo(await this.node.redis.info("server", "persistence", "replication", "stats"));
    const aof = info.get("aof_enabled") === "1";
    this.usesAof = aof;
    this.expiredKeys = info.get("expired_keys") ?? "0";
    this.serverNowMs = Number(info.get("server_time_usec") ?? Date.now() * 1000) / 1000;
    this.snapshots = aof ? false : (this.snapshots ?? (await this.hasSnapshots()));
    const process = info.get("run_id") ?? "";
    this.process = process;
    const look = { aof, snapshots: this.snapshots, info, process, serverNowMs: this.serverNowMs };
    const onDisk = this.durability.look(look, new Map([[LOOK, number]]));
    const replication = {
      process,
      nowMs: performance.now(),
      offset: Number(info.get("master_repl_offset") ?? 0),
      replicas: replicasIn(info),
    };
    const held = this.hold.look(replication, onDisk)?.get(LOOK);
    if (held === undefined || held <= this.durable) return false;
    this.durable = held;
    return true;
  }

  private async hasSnapshots(): Promise<boolean> {
    try {
      const reply = await this.node.redis.call("CONFIG", "GET", "save");
      return Array.isArray(reply) && String(reply[1] ?? "") !== "";
    } catch {
      return true; // CONFIG is closed, as managed servers do: the careful guess
    }
  }
}
