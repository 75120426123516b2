/** What the routers of all clients of a gateway share. */
import type { BlockedClients } from "../waiting/blocked-clients.js";
import type { FunctionCall } from "./function-call.js";
import type { GatewayStats } from "../stats.js";
import type { Lane } from "../lane/lane.js";
import type { OwnKeyTest } from "../commands/own-keys.js";
import type { RegionService } from "../region-service.js";
import type { ClientLimits } from "../settings.js";
import type { WaitingClients } from "@meridian/core";

export interface RouterContext {
  readonly root: string;
  /** Meridian's own keys begin so. */
  readonly rootBytes: Buffer;
  readonly isOwnKey: OwnKeyTest;
  /** Every hash slot is a partition: the server is a cluster, or one beside regions that are. */
  readonly slots: boolean;
  readonly call: FunctionCall;
  readonly stats: GatewayStats;
  /** None: everything goes over each client's own connection. */
  readonly lane: Lane | undefined;
  readonly waiting: WaitingClients;
  readonly limits: ClientLimits;
  readonly blocked: BlockedClients;
  readonly region: RegionService;
}
