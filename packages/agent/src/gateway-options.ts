/** The configuration as the gateway wants to hear it. */
import { availableParallelism } from "node:os";
import { serverLogin, type Engine, type ServerLogin } from "@meridian/engine";
import type { AgentSettings } from "./agent.js";
import { type RegionService, topologyOf } from "./gateway/index.js";
import type { Logger } from "./logger.js";
import { sentinelAccess } from "./server-options.js";
import type { Gateway, GatewayOptions } from "./services.js";

export function gatewayOptionsOf(
  settings: AgentSettings,
  engine: Engine,
  log: Logger,
  region: RegionService,
): GatewayOptions {
  const { host, port, tls, unixSocket, limits, drainMs, processes, announce } = settings.gateway;
  const hasOtherDoor = tls !== undefined || unixSocket !== undefined;
  return {
    listen: port === 0 && hasOtherDoor ? undefined : { host, port },
    tls: tls === undefined ? undefined : { ...tls, host: tls.host ?? host },
    unixSocket,
    processes: processes === "cores" ? availableParallelism() : processes,
    limits: { ...limits, drainMs },
    upstream: upstreamOf(settings, engine),
    root: engine.root,
    announce,
    log,
    region,
    ...watchLoginOf(settings),
  };
}

/** The agent's own login, with which the gateway learns when the keys change that clients wait for. */
function watchLoginOf({ server }: AgentSettings): Pick<GatewayOptions, "watchLogin"> {
  const { username, password } = loginOf(server);
  if (password === undefined) return {};
  return { watchLogin: { ...(username !== undefined && { username }), password } };
}

/** The gateway passes each client's own login through; all that it takes from the address is TLS. */
export function upstreamOf({ server }: AgentSettings, engine: Engine): GatewayOptions["upstream"] {
  const isTls = loginOf(server).tls === true;
  if (engine.slots !== undefined) return topologyOf(engine.slots, isTls);
  if (!engine.hasPrimary) return undefined;
  return { host: engine.host, port: engine.port, ...(isTls && { tls: true }) };
}

/** Of the agent's own user. */
export function loginOf(server: AgentSettings["server"]): ServerLogin {
  return "url" in server ? serverLogin(server.url, sentinelAccess(server)) : {};
}

/** Where clients come in, as a person reads it. */
export function doorsOf(
  { port, tlsPort }: Pick<Gateway, "port" | "tlsPort">,
  { gateway: { host, tls, unixSocket } }: AgentSettings,
): string {
  const doors = [
    port === 0 ? [] : [`${host}:${port}`],
    tlsPort === undefined ? [] : [`${tls?.host ?? host}:${tlsPort} (TLS)`],
    unixSocket === undefined ? [] : [unixSocket.path],
  ];
  return doors.flat().join(" ");
}
