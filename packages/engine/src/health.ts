/**
 * How a server is doing now, for `meridian doctor`: what of it can change while it runs, where `examineServer` looks at how it is
 * set up. Each finding says what to do. What the server refuses to tell is a finding too, never passed over.
 */
import type { Redis } from "ioredis";
import { textOf } from "./errors.js";
import { parseInfo, type ServerInfo } from "./info.js";
import { LIBRARY_NAME, readLibrary } from "./library.js";
import { limits } from "./limits.js";
import { replicasIn } from "./replicas.js";
import type { Finding } from "./requirements.js";

export async function examineHealth(redis: Redis, root: string): Promise<Finding[]> {
  const info = parseInfo(await redis.info("everything"));
  return [
    ...(await library(redis)),
    ...(await clock(redis)),
    ...memory(info),
    ...(await stoppedWrites(redis, info)),
    ...replicas(info),
    ...(await rights(redis, root)),
  ];
}

async function library(redis: Redis): Promise<Finding[]> {
  const own = await readLibrary();
  const [, ownHeader = ""] = own.code.split("\n");
  const reply = await redis.call("FUNCTION", "LIST", "LIBRARYNAME", LIBRARY_NAME, "WITHCODE");
  const fields: unknown = Array.isArray(reply) ? reply[0] : undefined;
  const code: unknown = Array.isArray(fields) ? fields[fields.indexOf("library_code") + 1] : undefined;
  if (typeof code !== "string") {
    return [
      error("LIBRARY", "Meridian's function library is not loaded, so no write works; restart the region's agent"),
    ];
  }
  const [, header = ""] = code.split("\n");
  if (header === ownHeader) return [];
  const message = `the library that is loaded says '${header.slice(3)}', this agent has '${ownHeader.slice(3)}'; restart the agent, the older one first where two disagree`;
  return [warning("LIBRARY", message)];
}

/** The server's clock against that of the agent's machine, as exact as the round trip is short. */
async function clock(redis: Redis): Promise<Finding[]> {
  const before = Date.now();
  const [seconds, microseconds] = await redis.time();
  const after = Date.now();
  const serverMs = Number(seconds) * 1000 + Number(microseconds) / 1000;
  const offMs = serverMs < before ? before - serverMs : serverMs > after ? serverMs - after : 0;
  if (offMs < limits.clockOffMs) return [];
  const side = serverMs < before ? "behind" : "ahead of";
  const message = `the server's clock is ${Math.round(offMs)} ms ${side} the agent's: of concurrent writes the later one may lose, and keys expire at another time than elsewhere; set both by NTP`;
  return [offMs < limits.clockFarOffMs ? warning("CLOCK", message) : error("CLOCK", message)];
}

function memory(info: ServerInfo): Finding[] {
  const max = Number(info.get("maxmemory") ?? "0");
  const used = Number(info.get("used_memory") ?? "0");
  if (max === 0 || used < max * limits.memoryNearlyFull) return [];
  const share = `${Math.round((used / max) * 100)} % of maxmemory (${used} of ${max} bytes)`;
  const remedy = "raise maxmemory, or delete what is not needed";
  if (used < max) return [warning("MEMORY", `${share} is used: when it is full, writes are refused; ${remedy}`)];
  const effect = "writes are refused, and what other regions write waits";
  return [error("MEMORY", `${share} is used: ${effect}; ${remedy}`)];
}

/** Of an append-only file that can't be written, `examineServer` tells. */
async function stoppedWrites(redis: Redis, info: ServerInfo): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (info.get("rdb_last_bgsave_status") === "err") {
    const stops = await setting(redis, "stop-writes-on-bgsave-error");
    const saves = await setting(redis, "save");
    const message = "the last snapshot failed; look at the server's log, and free space on its disk";
    if (stops === "no" || saves === "") findings.push(warning("SNAPSHOT", message));
    else findings.push(error("SNAPSHOT", `the server refuses writes, for ${message}`));
  }
  const wanted = Number((await setting(redis, "min-replicas-to-write")) ?? "0");
  const good = Number(info.get("min_slaves_good_slaves") ?? wanted);
  if (wanted > 0 && good < wanted) {
    const message = `the server refuses writes, for ${good} of its replicas are well and min-replicas-to-write is ${wanted}; bring replicas back, or lower it`;
    findings.push(error("FEWREPLICAS", message));
  }
  return findings;
}

async function setting(redis: Redis, name: string): Promise<string | undefined> {
  try {
    const reply = await redis.config("GET", name);
    const value: unknown = Array.isArray(reply) ? reply[1] : undefined;
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined; // that CONFIG is refused, examineServer says
  }
}

function replicas(info: ServerInfo): Finding[] {
  const effect = "were it promoted now, writes would be lost";
  return replicasIn(info).flatMap(({ address, state, silentSeconds }) => {
    if (state !== "online") {
      const message = `the replica ${address} is in the state ${state}: ${effect}; wait, or look at its log`;
      return [warning("REPLICALAG", message)];
    }
    if (silentSeconds <= limits.replicaLagSeconds) return [];
    const message = `the replica ${address} was last heard of ${silentSeconds} s ago: ${effect}; look at it and its network`;
    return [warning("REPLICALAG", message)];
  });
}

/** What the library and the agent do, each on a key of the users' or one of Meridian's. */
function needed(root: string): string[][] {
  return [
    ["FUNCTION", "LOAD", "code"],
    ["FUNCTION", "LIST"],
    ["FCALL", "mer", "1", root, "state"],
    ["SET", "key", "value"],
    ["DUMP", "key"],
    ["RENAME", "key", "other"],
    ["SCAN", "0"],
    ["KEYS", "*"],
    ["XADD", `${root}:log:origin`, "*", "b", "frames"],
    ["XRANGE", `${root}:log:origin`, "-", "+"],
    ["XTRIM", `${root}:log:origin`, "MINID", "0"],
    ["INFO"],
    ["TIME"],
  ];
}

async function rights(redis: Redis, root: string): Promise<Finding[]> {
  const missing: string[] = [];
  try {
    const user = String(await redis.call("ACL", "WHOAMI"));
    for (const command of needed(root)) {
      const reply = await redis.call("ACL", "DRYRUN", user, ...command);
      if (reply !== "OK") missing.push(command.slice(0, 2).join(" "));
    }
    if (missing.length === 0) return [];
    const message = `the agent's user '${user}' may not run ${missing.join(", ")}: writes fail half-way or not at all; ACL SETUSER ${user} +@all ~* &*`;
    return [error("RIGHTS", message)];
  } catch (refusal) {
    const message = `ACL is refused (${textOf(refusal)}), so the rights of the agent's user could not be checked; see to it that it may run every command on every key`;
    return [warning("UNCHECKED", message)];
  }
}

function error(code: Finding["code"], message: string): Finding {
  return { code, severity: "error", message };
}

function warning(code: Finding["code"], message: string): Finding {
  return { code, severity: "warning", message };
}
