/**
 * ioredis's `Cluster`, but for what it writes: the connections that it makes to nodes are this package's own, so each of them turns
 * writes into calls of the function, with the root of the keys' slot. Where a command goes, and what becomes of MOVED, ASK and
 * TRYAGAIN, is ioredis's business: a node that answers so did nothing.
 */
import {
  type ClusterNode,
  type ClusterOptions as PlainClusterOptions,
  type Command,
  Cluster as PlainCluster,
  type RedisOptions,
} from "ioredis";
import { ClientError } from "./errors.js";
import { limits } from "./limits.js";
import { goesAlong, type NodeOptions, slotOfCall } from "./partition.js";
import { Redis } from "./redis.js";
import type { Stream } from "./transaction.js";
import { verdictOf } from "./verdict.js";

/** As ioredis's. */
export type ClusterOptions = PlainClusterOptions;

/** Of ioredis's pool of connections to nodes. */
interface NodePool {
  createRedisFromOptions(node: RedisOptions, readOnly: boolean): Redis;
}

/** An ioredis `Cluster` whose writes are function calls. The region's partitions must be hash slots. */
export class Cluster extends PlainCluster {
  constructor(startupNodes: ClusterNode[], options: ClusterOptions = {}) {
    super(startupNodes, { maxRedirections: limits.redirectionsMax, ...options });
    // ioredis asks for the first connection in a later turn, not while it is being constructed.
    const pool = (this as unknown as { connectionPool: NodePool }).connectionPool;
    pool.createRedisFromOptions = (node, readOnly) => new Redis(optionsOfNode(this.options, node, readOnly));
  }

  override duplicate(overrideStartupNodes: ClusterNode[] = [], overrideOptions: Partial<ClusterOptions> = {}): Cluster {
    const { startupNodes } = this as unknown as { startupNodes: ClusterNode[] };
    const nodes = overrideStartupNodes.length > 0 ? overrideStartupNodes : startupNodes;
    return new Cluster([...nodes], { ...this.options, ...overrideOptions });
  }

  override sendCommand(command: Command, stream?: Stream, node?: unknown): unknown {
    const verdict = verdictOf(command.name, command.args, false);
    if (verdict === "multi" && stream === undefined) {
      command.reject(new ClientError("MERIDIAN_CLUSTERMULTI"));
      return command.promise;
    }
    if (verdict === "call") {
      // Without a key it goes where the rest of its pipeline goes: to another node the pipeline cannot.
      const slotOfPipeline = (node as { slot?: number } | undefined)?.slot;
      if (slotOfPipeline !== undefined) goesAlong(command, slotOfPipeline);
      const slot = slotOfCall(command);
      command.getSlot = () => slot;
    }
    return super.sendCommand(command, stream, node);
  }
}

/** As ioredis makes them: a node that is lost is not waited for, but looked for where its slots are now. */
function optionsOfNode(options: ClusterOptions, node: RedisOptions, readOnly: boolean): NodeOptions {
  const given = Object.entries(node).filter(([, value]) => value !== undefined);
  return {
    lazyConnect: true,
    ...options.redisOptions,
    ...(Object.fromEntries(given) as RedisOptions),
    retryStrategy: typeof options.clusterNodeRetryStrategy === "function" ? options.clusterNodeRetryStrategy : null,
    enableOfflineQueue: true,
    readOnly,
    partitions: "slots",
    ofCluster: true,
  };
}
