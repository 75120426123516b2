/** RESP2 in front of a region's server. */
export {
  type Gateway,
  type GatewayOptions,
  type Relay,
  type RelayOptions,
  startGateway,
  startRelay,
} from "./gateway.js";
export { isSamePlace, type ReadBound, type RelayRouting } from "./relay/relay-routing.js";
export { type GatewayProblem, gatewayProblemCodes } from "./problems.js";
export type { RegionService, RegionWaitRequest, TokenWaitAnswer, TokenWaitRequest } from "./region-service.js";
export type { ServerAddress } from "./server-connection.js";
export { type GatewayPlace, type SlotTopology, topologyOf } from "./cluster/topology.js";
export type { GatewayUpstream } from "./upstream.js";
export { type GatewayErrorCode, GatewayError, gatewayErrorTexts, replyTexts } from "./errors.js";
export type { GatewayStats } from "./stats.js";
export { gatewayLimits } from "./limits.js";
