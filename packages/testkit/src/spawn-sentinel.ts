/**
 * A Redis Sentinel for tests, which watches one primary: quick to give it up. It is killed with us: a small shell holds a pipe
 * to us, and kills it when that ends.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findServerBinary, freePort } from "@meridian/engine";
import { Redis } from "ioredis";
import { tempDir } from "./temp-dir.js";
import { waitFor } from "./wait-for.js";

export interface SentinelOptions {
  /** Under which it knows the primary. */
  name: string;
  primaryPort: number;
  /** So many must agree that the primary is gone. */
  quorum: number;
  /** A primary is gone when it was silent for so long. */
  downAfterMs: number;
  /** Of the servers, and of the Sentinel itself. */
  passwords?: { servers: string; own: string };
}

export interface SpawnedSentinel {
  readonly port: number;
  readonly client: Redis;
  /** SIGKILL. */
  stop(): Promise<void>;
}

const RUN = '"$0" "$1" --sentinel >"$2" 2>&1 & child=$!; while read -r line; do :; done; kill -KILL "$child"';

/** Undefined where this machine has no server of its own. */
export async function spawnSentinel(options: SentinelOptions): Promise<SpawnedSentinel | undefined> {
  const binary = await findServerBinary();
  if (binary === undefined) return undefined;
  const folder = tempDir("meridian-sentinel-");
  const port = await freePort();
  const { name, primaryPort, quorum, downAfterMs, passwords } = options;
  const file = join(folder.path, "sentinel.conf");
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${folder.path}`,
    `sentinel monitor ${name} 127.0.0.1 ${primaryPort} ${quorum}`,
    `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
    `sentinel failover-timeout ${name} 10000`,
    ...(passwords === undefined
      ? []
      : [`sentinel auth-pass ${name} ${passwords.servers}`, `requirepass ${passwords.own}`]),
  ];
  writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
  const child = spawn("/bin/sh", ["-c", RUN, binary.path, file, join(folder.path, "log")], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  const login = passwords === undefined ? {} : { password: passwords.own };
  const client = new Redis({ host: "127.0.0.1", port, enableReadyCheck: false, ...login });
  client.on("error", () => undefined); // each command is rejected anyway
  await waitFor(async () => (await client.ping()) === "PONG", { what: "a Sentinel to answer" });
  return {
    port,
    client,
    stop: async () => {
      client.disconnect();
      const ended = child.exitCode === null ? once(child, "exit") : undefined;
      child.stdin.end();
      await ended;
      folder.remove();
    },
  };
}
