/** A gateway in front of a cluster of tests, with a stand-in for the function library on each node. */
import type { ClusterNode, SpawnedCluster } from "@meridian/testkit";
import { rangesOf, type SlotTopology } from "../cluster/topology.js";
import { type Gateway, type GatewayOptions, startGateway } from "../index.js";
import { TOY_LIBRARY } from "./toy-library.js";

/** Does nothing in a slot that is between two nodes, and pops what is there, as Meridian's own. */
const SLOTS_LIBRARY = TOY_LIBRARY.replace(
  "local function mer(keys, args)\n",
  `local function mer(keys, args)
  local probe = redis.pcall('EXISTS', keys[1] .. ':p1', keys[1] .. ':p2')
  if type(probe) == 'table' and probe.err then return redis.error_reply('TRYAGAIN the slot is on the move') end
  if args[1]:lower() == 'blpop' then
    for index = 2, #args - 1 do
      local popped = redis.call('LPOP', args[index])
      if popped then return { args[index], popped } end
    end
    return false
  end
`,
);

export async function loadSlotsLibrary(nodes: readonly ClusterNode[]): Promise<void> {
  for (const { redis } of nodes) await redis.call("FUNCTION", "LOAD", "REPLACE", SLOTS_LIBRARY);
}

/** As the nodes that run see it. */
export async function topologyOfCluster(cluster: SpawnedCluster): Promise<SlotTopology> {
  const running = cluster.nodes.find((node) => node.running);
  const entries = (await running?.redis.call("CLUSTER", "SLOTS")) as [number, number, [string, number]][];
  const byPort = new Map<number, number[]>();
  for (const [first, last, [, port]] of entries) {
    const slots = Array.from({ length: last - first + 1 }, (_, at) => first + at);
    byPort.set(port, [...(byPort.get(port) ?? []), ...slots]);
  }
  const nodes = [...byPort].map(([port, slots]) => ({
    address: { host: "127.0.0.1", port },
    ranges: rangesOf(slots.toSorted((one, other) => one - other)),
  }));
  return { nodes };
}

export async function startClusterGateway(
  cluster: SpawnedCluster,
  options: Partial<GatewayOptions> = {},
): Promise<Gateway> {
  const upstream = await topologyOfCluster(cluster);
  return await startGateway({ listen: { host: "127.0.0.1", port: 0 }, upstream, root: "mer:{0}", ...options });
}
