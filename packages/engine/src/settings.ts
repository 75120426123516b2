/**
 * How the server is set up, for `meridian doctor`: what the agent can work with, and what will still bite one day. Settings
 * that the server refuses to tell are passed over here: `examineServer` says that it does.
 */
import type { Redis } from "ioredis";
import { limits } from "./limits.js";
import type { Finding } from "./requirements.js";

/** What the agent is configured for. */
export interface Wanted {
  /** Clients that its gateway lets in: each has a connection to the server. */
  readonly clientsMax: number;
  /** What logs may take in the server's memory. */
  readonly logBytesMax: number;
}

type Settings = ReadonlyMap<string, string>;

const NAMES = [
  "aof-load-truncated",
  "appendonly",
  "client-output-buffer-limit",
  "maxclients",
  "maxmemory",
  "no-appendfsync-on-rewrite",
  "save",
  "timeout",
];

export async function examineSettings(redis: Redis, wanted: Wanted): Promise<Finding[]> {
  const settings = new Map<string, string>();
  for (const name of NAMES) {
    try {
      const reply = await redis.config("GET", name);
      const value: unknown = Array.isArray(reply) ? reply[1] : undefined;
      if (typeof value === "string") settings.set(name, value);
    } catch {
      // not told: some services refuse CONFIG as a whole, some single settings
    }
  }
  return [...durability(settings), ...room(settings, wanted), ...connections(settings, wanted)];
}

function durability(settings: Settings): Finding[] {
  const findings: Finding[] = [];
  if (settings.get("appendonly") === "no" && settings.get("save") === "") {
    const message =
      "neither snapshots nor an append-only file: each restart empties this region, and it takes in the state of another; CONFIG SET appendonly yes, and put it into the configuration file";
    findings.push({ code: "NOTHINGSAVED", severity: "error", message });
  }
  if (settings.get("appendonly") !== "yes") return findings;
  if (settings.get("aof-load-truncated") === "yes") {
    const message =
      "aof-load-truncated is yes: after a crash half a transaction may be carried out, and this region differs from the others; CONFIG SET aof-load-truncated no, put it into the configuration file, and see docs/operating/agent.md for the start after a crash";
    findings.push(warning("TORNFILE", message));
  }
  if (settings.get("no-appendfsync-on-rewrite") === "yes") {
    const message =
      "no-appendfsync-on-rewrite is yes: while the file is rewritten nothing is synced, and all regions keep their logs for this one; CONFIG SET no-appendfsync-on-rewrite no";
    findings.push(warning("REWRITE", message));
  }
  return findings;
}

function room(settings: Settings, { logBytesMax }: Wanted): Finding[] {
  const maxMemory = settings.get("maxmemory");
  if (maxMemory === undefined) return [];
  if (maxMemory === "0") {
    const message =
      "maxmemory is 0: data and logs grow until the system has no memory left, and it then kills the server; CONFIG SET maxmemory to some three quarters of the machine's, with maxmemory-policy noeviction";
    return [warning("NOMAXMEMORY", message)];
  }
  if (logBytesMax <= Number(maxMemory) * limits.logShareMax) return [];
  const message = `logs may take ${logBytesMax} bytes (retention.logBytesMax) of maxmemory ${maxMemory}: while a region is away, little or nothing is left for data; raise maxmemory, or lower retention.logBytesMax`;
  return [warning("LOGROOM", message)];
}

function connections(settings: Settings, { clientsMax }: Wanted): Finding[] {
  const findings: Finding[] = [];
  const maxClients = Number(settings.get("maxclients") ?? clientsMax);
  if (maxClients < clientsMax) {
    const message = `the gateway lets in ${clientsMax} clients, the server ${maxClients} connections: who comes later is refused, and so may be the agent itself; raise maxclients (and the server's ulimit -n), or lower gateway.limits.clientsMax`;
    findings.push(warning("MAXCLIENTS", message));
  }
  const timeout = settings.get("timeout") ?? "0";
  if (timeout !== "0") {
    const message = `timeout is ${timeout}: the server closes connections of the gateway's idle clients, and they see that as an error; CONFIG SET timeout 0, and use gateway.limits.idleSeconds`;
    findings.push(warning("TIMEOUT", message));
  }
  const hard = Number(/normal (\d+)/.exec(settings.get("client-output-buffer-limit") ?? "")?.[1] ?? "0");
  if (hard > 0 && hard < limits.outputBufferLeast) {
    const message = `client-output-buffer-limit normal is ${hard}: the server breaks off what the agent reads, logs of large values above all, and replication stands still; CONFIG SET client-output-buffer-limit "normal 0 0 0"`;
    findings.push(warning("BUFFERS", message));
  }
  return findings;
}

function warning(code: Finding["code"], message: string): Finding {
  return { code, severity: "warning", message };
}
