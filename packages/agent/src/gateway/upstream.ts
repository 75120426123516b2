/**
 * What a gateway stands in front of: a region's server; or, where every hash slot is a partition, the nodes that have the slots.
 */
import type { SlotTopology } from "./cluster/topology.js";
import type { ServerAddress } from "./server-connection.js";

/** Undefined: no server is known to be the primary. */
export type GatewayUpstream = ServerAddress | SlotTopology | undefined;

export function isOfSlots(upstream: GatewayUpstream): upstream is SlotTopology {
  return upstream !== undefined && "nodes" in upstream;
}
