/**
 * What a server must offer, and what it lacks. CONFIG is asked first; managed services often refuse it, and then INFO
 * answers all but the fsync policy, which is reported as not checked instead of passed over.
 *
 * A finding is `blocking` when nothing would work at all; the other errors let it run but will lose or corrupt data.
 */
import type { Redis } from "ioredis";
import { textOf } from "./errors.js";
import { parseInfo, serverVersionOf, type ServerInfo } from "./info.js";
import { OLDEST_VERSION } from "./server-binary.js";
import { compareVersions } from "./version.js";

export type FindingCode =
  | "VERSION"
  | "FUNCTIONS"
  | "CLUSTER"
  | "SLOTS"
  | "REPLICA"
  | "PRIMARIES"
  | "SENTINELS"
  | "EVICTION"
  | "PERSISTENCE"
  | "FSYNC"
  | "AOFWRITE"
  | "MEMORYONLY"
  | "LIBRARY"
  | "CLOCK"
  | "MEMORY"
  | "SNAPSHOT"
  | "FEWREPLICAS"
  | "REPLICALAG"
  | "RIGHTS"
  | "NOTHINGSAVED"
  | "TORNFILE"
  | "REWRITE"
  | "NOMAXMEMORY"
  | "LOGROOM"
  | "MAXCLIENTS"
  | "TIMEOUT"
  | "BUFFERS"
  | "UNCHECKED";

export interface Finding {
  code: FindingCode;
  severity: "error" | "warning";
  /** What is so, what follows from it, and what to do. */
  message: string;
}

const BLOCKING: readonly FindingCode[] = ["VERSION", "FUNCTIONS", "CLUSTER", "REPLICA"];

export function isBlocking(finding: Finding): boolean {
  return finding.severity === "error" && BLOCKING.includes(finding.code);
}

/** `isNode`: it is to be a node of a cluster. */
export async function examineServer(redis: Redis, memoryOnly: boolean, isNode = false): Promise<Finding[]> {
  const info = parseInfo(await redis.info());
  const findings = [...identity(info), ...clusterMode(info, isNode), ...(await functions(redis))];
  const settings = await readSettings(redis, findings);
  findings.push(...eviction(settings, info), ...persistence(settings, info, memoryOnly));
  return findings;
}

function identity(info: ServerInfo): Finding[] {
  const findings: Finding[] = [];
  const compatible = info.get("redis_version") ?? "0.0.0";
  if (compareVersions(compatible, OLDEST_VERSION) < 0) {
    findings.push(
      problem("VERSION", `version ${serverVersionOf(info)} has no Functions; upgrade to Redis 7.0 or Valkey`),
    );
  }
  const role = info.get("role");
  if (role !== undefined && role !== "master") {
    const primary = `${info.get("master_host") ?? "?"}:${info.get("master_port") ?? "?"}`;
    findings.push(
      problem(
        "REPLICA",
        `it is a replica and takes no writes; give the address of its primary, ${primary}, or those of all, so that the agent follows`,
      ),
    );
  }
  return findings;
}

function clusterMode(info: ServerInfo, isNode: boolean): Finding[] {
  const isOn = info.get("cluster_enabled") === "1";
  if (isOn === isNode) return [];
  const message = isOn
    ? "cluster mode is on: give the region's cluster as cluster://HOST:PORT,HOST:PORT, with its other nodes too"
    : "cluster mode is off, so it is no node of a cluster; give its address as redis://HOST:PORT";
  return [problem("CLUSTER", message)];
}

async function functions(redis: Redis): Promise<Finding[]> {
  try {
    await redis.call("FUNCTION", "LIST", "LIBRARYNAME", "meridian");
    return [];
  } catch (error) {
    const remedy = "use Redis 7.0 or newer, or Valkey, and a user that may call FUNCTION and FCALL";
    return [problem("FUNCTIONS", `it does not offer Functions (${textOf(error)}); ${remedy}`)];
  }
}

type Settings = ReadonlyMap<string, string>;

async function readSettings(redis: Redis, findings: Finding[]): Promise<Settings> {
  try {
    const settings = new Map<string, string>();
    for (const name of ["maxmemory-policy", "maxmemory", "appendonly", "appendfsync"]) {
      const reply = await redis.config("GET", name);
      const value: unknown = Array.isArray(reply) ? reply[1] : undefined;
      if (typeof value === "string") settings.set(name, value);
    }
    return settings;
  } catch (error) {
    const message = `CONFIG GET is refused (${textOf(error)}), so appendfsync could not be checked; make sure that it is everysec or always, or that the service keeps a synced copy`;
    findings.push({ code: "UNCHECKED", severity: "warning", message });
    return new Map();
  }
}

function eviction(settings: Settings, info: ServerInfo): Finding[] {
  const policy = settings.get("maxmemory-policy") ?? info.get("maxmemory_policy");
  const maxMemory = settings.get("maxmemory") ?? info.get("maxmemory") ?? "0";
  const remedy = "CONFIG SET maxmemory-policy noeviction, and put it into the configuration file";
  if (policy === "noeviction") return [];
  if (policy === undefined) {
    const message = `maxmemory-policy could not be checked; it must be noeviction: ${remedy}`;
    return [{ code: "UNCHECKED", severity: "warning", message }];
  }
  const all = policy.startsWith("allkeys");
  const effect = all
    ? "the server may evict the log and the metadata, and then regions lose writes and never agree again"
    : "the server may evict keys with a TTL in this region only, and then regions differ";
  const when = maxMemory === "0" ? ` (not yet: maxmemory is 0, no limit)` : "";
  return [
    {
      code: "EVICTION",
      severity: all && maxMemory !== "0" ? "error" : "warning",
      message: `maxmemory-policy is ${policy}: when memory is full, ${effect}${when}; ${remedy}`,
    },
  ];
}

function persistence(settings: Settings, info: ServerInfo, memoryOnly: boolean): Finding[] {
  const findings: Finding[] = [];
  const warn = (code: FindingCode, message: string) => findings.push({ code, severity: "warning", message });
  if (memoryOnly) {
    warn(
      "MEMORYONLY",
      "in memory only: this is Valkey compiled to WebAssembly, and all data of this region is gone when it stops; install valkey-server or redis-server 7.0 or newer",
    );
    return findings;
  }
  const appendOnly = settings.get("appendonly") ?? (info.get("aof_enabled") === "1" ? "yes" : "no");
  if (appendOnly !== "yes") {
    warn(
      "PERSISTENCE",
      "appendonly is no: a crash loses every write since the last snapshot that no other region had received, and the peers must send the rest again; CONFIG SET appendonly yes, and put it into the configuration file",
    );
    return findings;
  }
  if (settings.get("appendfsync") === "no") {
    warn(
      "FSYNC",
      "appendfsync is no: a crash of the machine loses what the system had not yet written, often 30 s of writes; CONFIG SET appendfsync everysec",
    );
  }
  if (info.get("aof_last_write_status") === "err") {
    findings.push(
      problem(
        "AOFWRITE",
        "the last write to the append-only file failed, so the server refuses writes; free space on its disk",
      ),
    );
  }
  return findings;
}

function problem(code: FindingCode, message: string): Finding {
  return { code, severity: "error", message };
}
