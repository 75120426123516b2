/** The region's server as the configuration names it, as the engine wants to hear it. */
import type { EngineOptions, SentinelAccess } from "@meridian/engine";
import type { AgentSettings } from "./agent.js";

type Attached = Extract<AgentSettings["server"], { url: string }>;

type ServerOptions = Pick<EngineOptions, "url" | "sentinel" | "port" | "dataDir" | "partitions">;

export function serverOptions({ server, partitions }: AgentSettings): ServerOptions {
  const common = partitions === undefined ? {} : { partitions };
  if ("url" in server) return { ...common, url: server.url, sentinel: sentinelAccess(server) };
  return { ...common, port: server.port, dataDir: server.dataDir };
}

export function sentinelAccess(server: Attached): SentinelAccess {
  const { sentinelUsername, sentinelPassword, sentinelTls, tls } = server;
  return { username: sentinelUsername, password: sentinelPassword, tls: sentinelTls, serverTls: tls };
}
