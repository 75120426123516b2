/** The region's server as the configuration names it, as the engine wants to hear it. */
import type { EngineOptions, SentinelAccess } from "@meridian/engine";
import type { AgentSettings } from "./agent.js";

type Attached = Extract<AgentSettings["server"], { url: string }>;

export function serverOptions({ server }: AgentSettings): Pick<EngineOptions, "url" | "sentinel" | "port" | "dataDir"> {
  if ("url" in server) return { url: server.url, sentinel: sentinelAccess(server) };
  return { port: server.port, dataDir: server.dataDir };
}

export function sentinelAccess(server: Attached): SentinelAccess {
  const { sentinelUsername, sentinelPassword, sentinelTls, tls } = server;
  return { username: sentinelUsername, password: sentinelPassword, tls: sentinelTls, serverTls: tls };
}
