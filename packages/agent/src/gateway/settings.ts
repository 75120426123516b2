/** What the gateway of a region is told, as plain data: it goes to the gateway's own processes as it is. */
import type { GatewayPlace } from "./cluster/topology.js";
import type { Login } from "./waiting/key-watch.js";
import { gatewayLimits } from "./limits.js";
import type { GatewayUpstream } from "./upstream.js";

export interface GatewaySettings {
  /** The region's server; undefined: none is known to be the primary. */
  readonly upstream: GatewayUpstream;
  /** In front of a cluster: the region's gateways as clients of clusters reach them, this one first; none: this one, where they came in. */
  readonly announce?: readonly GatewayPlace[] | undefined;
  /** `mer:{0}` for a standalone server. */
  readonly root: string;
  /** Small commands of clients that are the server's default user go together (lane.ts); on unless false. */
  readonly shareConnection?: boolean;
  /** Who asks for changes of keys while clients wait for values (key-watch.ts); without it the default user. */
  readonly watchLogin?: Login | undefined;
  readonly limits?: LimitSettings | undefined;
}

/** As in the configuration. Redis's name of each stands in docs/operating/agent.md. */
export interface LimitSettings {
  readonly clientsMax?: number | undefined;
  /** 0: a client may be idle for ever. */
  readonly idleSeconds?: number | undefined;
  readonly stalledSeconds?: number | undefined;
  /** 0: no probes. */
  readonly keepAliveSeconds?: number | undefined;
  readonly commandBytesMax?: number | undefined;
  readonly drainMs?: number | undefined;
}

/** What holds for clients here. */
export interface ClientLimits {
  readonly clientsMax: number;
  /** 0: no end. */
  readonly idleMs: number;
  /** Who is subscribed, or monitors, and takes nothing of what is there for so long is closed. */
  readonly stalledMs: number;
  /** 0: no probes. */
  readonly keepAliveMs: number;
  /** Held of a client's commands: of one that has not come whole, or of the queue of a transaction. */
  readonly commandBytesMax: number;
  /** On stop, replies in flight have this long to come and be read. */
  readonly drainMs: number;
}

export function clientLimits(given: LimitSettings = {}): ClientLimits {
  return {
    clientsMax: given.clientsMax ?? gatewayLimits.clientsMax,
    idleMs: (given.idleSeconds ?? 0) * 1000,
    stalledMs: given.stalledSeconds === undefined ? gatewayLimits.stalledMs : given.stalledSeconds * 1000,
    keepAliveMs: given.keepAliveSeconds === undefined ? gatewayLimits.keepAliveMs : given.keepAliveSeconds * 1000,
    commandBytesMax: given.commandBytesMax ?? gatewayLimits.commandBytesMax,
    drainMs: given.drainMs ?? gatewayLimits.drainMs,
  };
}
