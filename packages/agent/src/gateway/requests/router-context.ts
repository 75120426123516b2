/** What the routers of all clients of a gateway share. */
import type { BlockedClients } from "../waiting/blocked-clients.js";
import type { FunctionCall } from "./function-call.js";
import type { GatewayStats } from "../stats.js";
import type { Lane } from "../lane/lane.js";
import type { RegionService } from "../region-service.js";
import type { ClientLimits } from "../settings.js";
import type { WaitingClients } from "../waiting/waiting-clients.js";

export interface RouterContext {
  readonly root: string;
  readonly rootBytes: Buffer;
  readonly call: FunctionCall;
  readonly stats: GatewayStats;
  /** None: everything goes over each client's own connection. */
  readonly lane: Lane | undefined;
  readonly waiting: WaitingClients;
  readonly limits: ClientLimits;
  readonly blocked: BlockedClients;
  readonly region: RegionService;
}
