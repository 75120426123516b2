/** The configuration as the gateway wants to hear it. */
import { availableParallelism } from "node:os";
import type { Engine } from "@meridian/engine";
import type { AgentSettings } from "./agent.js";
import type { RegionService } from "./gateway/index.js";
import type { Logger } from "./logger.js";
import type { GatewayOptions } from "./services.js";

export function gatewayOptionsOf(
  settings: AgentSettings,
  engine: Engine,
  log: Logger,
  region: RegionService,
): GatewayOptions {
  const { host, port, tls, unixSocket, limits, drainMs, processes } = settings.gateway;
  const hasOtherDoor = tls !== undefined || unixSocket !== undefined;
  return {
    listen: port === 0 && hasOtherDoor ? undefined : { host, port },
    tls: tls === undefined ? undefined : { ...tls, host: tls.host ?? host },
    unixSocket,
    processes: processes === "cores" ? availableParallelism() : processes,
    limits: { ...limits, drainMs },
    upstream: upstreamOf(settings, engine),
    root: engine.root,
    log,
    region,
    ...watchLoginOf(settings),
  };
}

/** The agent's own login, with which the gateway learns when the keys change that clients wait for. */
function watchLoginOf({ server }: AgentSettings): Pick<GatewayOptions, "watchLogin"> {
  const { username, password } = "url" in server ? new URL(server.url) : { username: "", password: "" };
  if (password === "") return {};
  const name = decodeURIComponent(username);
  return { watchLogin: { ...(name !== "" && { username: name }), password: decodeURIComponent(password) } };
}

/** The gateway passes each client's own login through; all that it takes from the address is TLS. */
function upstreamOf({ server }: AgentSettings, engine: Engine): { host: string; port: number; tls?: true } {
  const tls = "url" in server && server.url.startsWith("rediss:");
  return { host: engine.host, port: engine.port, ...(tls ? { tls: true } : {}) };
}
