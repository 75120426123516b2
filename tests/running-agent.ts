/** `meridian agent --config` as a process, for tests: as built, with a configuration file of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StatusDocument } from "@meridian/agent/api";
import { freePorts, type SpawnedRedis, spawnRedis, waitFor } from "@meridian/testkit";
import { Redis, type RedisOptions } from "ioredis";
import { BIN, newFolder, stopAll } from "./local-start.js";

export interface RunningAgent {
  readonly child: ChildProcess;
  readonly gatewayPort: number;
  readonly gateway: Redis;
  readonly admin: string;
  log(): string;
  status(): Promise<StatusDocument>;
}

const open: (() => unknown)[] = [];

export async function stopAgents(): Promise<void> {
  for (const close of open.splice(0).toReversed()) await close();
  await stopAll();
}

/** `more`: further settings of the gateway, `serverMore` of the server. */
export function configOf(
  region: string,
  links: readonly number[],
  ports: { gateway: number; admin: number },
  url: string,
  more = "",
  serverMore = "",
): string {
  return `region: ${region}
regions:
  - { name: us, link: "127.0.0.1:${links[0]}" }
  - { name: eu, link: "127.0.0.1:${links[1]}" }
server: { url: "${url}"${serverMore} }
gateway: { port: ${ports.gateway}${more} }
link: { host: 127.0.0.1, port: ${links[region === "us" ? 0 : 1]} }
admin: { port: ${ports.admin} }
`;
}

export async function runAgent(
  region: string,
  links: readonly number[],
  server: { readonly url: string },
  more = "",
  serverMore = "",
): Promise<RunningAgent> {
  const [gateway = 0, admin = 0] = await freePorts(2);
  const config = configOf(region, links, { gateway, admin }, server.url, more, serverMore);
  return runConfigured(region, { gateway, admin }, config);
}

/** With the whole of its configuration. */
export async function runConfigured(
  region: string,
  { gateway, admin }: { gateway: number; admin: number },
  config: string,
): Promise<RunningAgent> {
  const file = join(newFolder(), "meridian.yaml");
  writeFileSync(file, config);
  const child = spawn(process.execPath, [BIN, "agent", "--config", file], { stdio: ["ignore", "inherit", "pipe"] });
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => (log += chunk.toString("utf8")));
  open.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGCONT");
    child.kill("SIGTERM");
    await once(child, "exit");
  });
  await waitFor(() => log.includes("agent ready") || child.exitCode !== null, {
    what: `agent ${region}`,
    timeoutMs: 30_000,
  });
  if (child.exitCode !== null) throw new Error(log);
  const address = `http://127.0.0.1:${admin}`;
  return {
    child,
    gatewayPort: gateway,
    gateway: clientOf(gateway),
    admin: address,
    log: () => log,
    status: async () => (await (await fetch(`${address}/api/status`)).json()) as StatusDocument,
  };
}

export function clientOf(port: number): Redis {
  return connectedTo({ port });
}

/** Closed at the end of the test. */
export function connectedTo(address: RedisOptions): Redis {
  const client = new Redis({ host: "127.0.0.1", ...address });
  client.on("error", () => undefined); // each command is rejected anyway
  open.push(() => client.disconnect());
  return client;
}

export async function newServer(): Promise<SpawnedRedis> {
  const spawned = await spawnRedis();
  open.push(() => spawned.stop());
  return spawned;
}
