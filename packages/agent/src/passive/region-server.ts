/** The region's server: what it says of itself, and the few things that are asked of it. */
import { type Address, connectTo, parseAddress, parseInfo, type ServerInfo, serverVersionOf } from "@meridian/engine";
import type { Redis } from "ioredis";
import { textOf } from "../errors.js";
import { passiveLimits } from "./limits.js";
import { parseRecord, RECORD_FUNCTION, libraryOf, type RoleRecord } from "./record.js";
import type { SentinelWatch } from "./sentinel-watch.js";

export interface ServerPlace {
  readonly host: string;
  readonly port: number;
}

/** The default of `replica-priority`. */
const PRIORITY = 100;

/** Where nobody listens. */
export const NOBODY: ServerPlace = { host: "127.0.0.1", port: 1 };

export function isNobody({ host, port }: ServerPlace): boolean {
  return host === NOBODY.host && port === NOBODY.port;
}

export interface ServerLook {
  readonly role: "primary" | "replica";
  readonly runId: string;
  readonly version: string;
  readonly kind: string;
  readonly persistent: boolean;
  /** How far its data have come, in bytes of the stream that replicas follow. */
  readonly offset: number;
  readonly replicationId: string;
  /** The stream before the last change of roles, and up to where it goes for whoever still follows that. */
  readonly formerId: string;
  readonly formerOffset: number;
  /** Of a replica: whom it follows, and whether it hears of it. */
  readonly follows: ServerPlace | undefined;
  readonly linkUp: boolean;
  /** It takes in all data anew. */
  readonly syncing: boolean;
  readonly loading: boolean;
  readonly changes: number;
  readonly keys: number;
}

/** host:port */
export function placeOf(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, "$1"), port: Number(text.slice(colon + 1)) };
}

export class RegionServer {
  private current: Address;
  private connection: Redis;
  /** Of which process, and whether Sentinels may promote it. */
  private shown = "";

  /** `sentinels`: they may put another server in its place. */
  constructor(
    at: string | Address,
    readonly sentinels?: SentinelWatch,
  ) {
    this.current = typeof at === "string" ? parseAddress(at) : at;
    this.connection = this.connect();
  }

  get address(): Address {
    return this.current;
  }

  get redis(): Redis {
    return this.connection;
  }

  /** What waits for an answer of the one before is rejected. */
  moveTo(address: Address): void {
    this.connection.disconnect();
    this.current = address;
    this.connection = this.connect();
  }

  /** Whether a replica may be made the primary: not where Sentinels are just putting another server in its place. */
  get mayLead(): boolean {
    return this.sentinels?.isSure !== false;
  }

  /** While it follows another region no Sentinel there takes it for a replica to promote. */
  async hideFromSentinels(isHidden: boolean, runId = ""): Promise<void> {
    const wanted = `${runId} ${isHidden}`;
    if (wanted === this.shown) return;
    const [, announced] = (await this.redis.config("GET", "replica-announced")) as string[];
    if ((announced === "no") !== isHidden) {
      await this.redis.config("SET", "replica-priority", isHidden ? "0" : String(PRIORITY));
      await this.redis.config("SET", "replica-announced", isHidden ? "no" : "yes");
    }
    this.shown = wanted;
  }

  private connect(): Redis {
    return connectTo(this.current, { enableReadyCheck: false, commandTimeout: 5_000 });
  }

  /** Rejects while it does not answer. */
  async look(): Promise<ServerLook> {
    return lookOf(parseInfo(String(await this.redis.call("INFO", "server", "replication", "persistence", "keyspace"))));
  }

  /** Undefined: it has none. */
  async readRecord(): Promise<RoleRecord | undefined> {
    try {
      return parseRecord(await this.redis.call("FCALL_RO", RECORD_FUNCTION, "0"));
    } catch (error) {
      if (textOf(error).startsWith("ERR Function not found")) return undefined;
      throw error;
    }
  }

  async writeRecord(record: RoleRecord): Promise<void> {
    await this.redis.call("FUNCTION", "LOAD", "REPLACE", libraryOf(record));
  }

  /** From now on it is a replica of that one. */
  async follow({ host, port }: ServerPlace): Promise<void> {
    const { username, password, tls } = this.address;
    if (password !== undefined) await this.redis.config("SET", "masterauth", password);
    if (username !== undefined) await this.redis.config("SET", "masteruser", username);
    if (tls === true) await this.redis.config("SET", "tls-replication", "yes");
    await this.redis.call("REPLICAOF", host, String(port));
  }

  /** No writes unless so many replicas have told within so many seconds that they have its stream. */
  async needReplicas(count: number, seconds: number): Promise<void> {
    await this.redis.config("SET", "min-replicas-max-lag", String(seconds));
    await this.redis.config("SET", "min-replicas-to-write", String(count));
  }

  /** Whatever replicas there are, and Sentinels of its own: it is a region of its own. What an operator has set is left. */
  async endLease(): Promise<void> {
    await this.hideFromSentinels(false);
    const [, seconds] = (await this.redis.config("GET", "min-replicas-max-lag")) as string[];
    if (Number(seconds) === passiveLimits.acknowledgedSecondsMax)
      await this.redis.config("SET", "min-replicas-to-write", "0");
  }

  /** It follows nobody, stays a replica, and keeps its place in the stream. */
  async detach(): Promise<void> {
    await this.redis.call("REPLICAOF", NOBODY.host, String(NOBODY.port));
  }

  async promote(): Promise<void> {
    await this.redis.call("REPLICAOF", "NO", "ONE");
  }

  /** Nobody's writes are done for so long; whoever writes waits. */
  async pauseWrites(milliseconds: number): Promise<void> {
    await this.redis.call("CLIENT", "PAUSE", String(milliseconds), "WRITE");
  }

  async unpause(): Promise<void> {
    await this.redis.call("CLIENT", "UNPAUSE");
  }

  stop(): void {
    this.sentinels?.stop();
    this.redis.disconnect();
  }
}

function lookOf(info: ServerInfo): ServerLook {
  const number = (name: string): number => Number(info.get(name) ?? 0);
  const isReplica = info.get("role") === "slave";
  const host = info.get("master_host");
  return {
    role: isReplica ? "replica" : "primary",
    runId: info.get("run_id") ?? "",
    version: serverVersionOf(info),
    kind: info.has("valkey_version") ? "valkey" : "redis",
    persistent: info.get("aof_enabled") === "1",
    offset: isReplica ? number("slave_repl_offset") : number("master_repl_offset"),
    replicationId: info.get("master_replid") ?? "",
    formerId: info.get("master_replid2") ?? "",
    formerOffset: number("second_repl_offset") - 1,
    follows: isReplica && host !== undefined ? { host, port: number("master_port") } : undefined,
    linkUp: info.get("master_link_status") === "up",
    syncing: info.get("master_sync_in_progress") === "1",
    loading: info.get("loading") === "1" || info.get("async_loading") === "1",
    changes: number("rdb_changes_since_last_save"),
    keys: keysOf(info),
  };
}

/** Of all databases. */
function keysOf(info: ServerInfo): number {
  let keys = 0;
  for (const [name, text] of info) {
    if (/^db\d+$/.test(name)) keys += Number(/keys=(\d+)/.exec(text)?.[1] ?? 0);
  }
  return keys;
}
