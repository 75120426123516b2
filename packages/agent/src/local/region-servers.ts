/** The servers of one region of a local start: one, or the nodes of a cluster. */
import { startLocalCluster, startLocalServer, type LocalServer, type ServerFallback } from "@meridian/engine";
import type { ServersRequest } from "../admin/index.js";
import type { PlannedRegion } from "./options.js";

export const HOST = "127.0.0.1";

export interface RegionServers {
  readonly kind: LocalServer["kind"];
  /** Whether data outlives a stop. */
  readonly persistent: boolean;
  /** Of those that run, in the order of the plan. */
  readonly pids: readonly number[];
  /** As of LocalServer, all of the region. */
  act(action: ServersRequest["action"]): Promise<void>;
  /** The append-only files are synced. */
  stop(): Promise<void>;
}

export interface ServersOptions {
  dataDir: string;
  /** Where there is no native server; a cluster needs one. */
  fallback: ServerFallback | undefined;
  onProblem: (error: unknown) => void;
  /** Takes no writes until it is told to be a primary. */
  isReplica: boolean;
}

export async function startServers(
  { serverPort, nodes }: PlannedRegion,
  { dataDir, fallback, onProblem, isReplica }: ServersOptions,
): Promise<RegionServers> {
  if (nodes !== undefined) {
    const cluster = await startLocalCluster({ nodes, dataDir, onProblem });
    return {
      kind: cluster.kind,
      persistent: true,
      get pids() {
        return cluster.pids;
      },
      act: (action) => act(cluster, action),
      stop: () => cluster.stop(),
    };
  }
  const launch = { port: serverPort, dataDir, onProblem, isReplica };
  const server = await startLocalServer(fallback === undefined ? launch : { ...launch, fallback });
  return {
    kind: server.kind,
    persistent: server.persistent,
    get pids() {
      return server.pid === undefined ? [] : [server.pid];
    },
    act: (action) => act(server, action),
    stop: () => server.stop(),
  };
}

async function act(
  server: Pick<LocalServer, ServersRequest["action"]>,
  action: ServersRequest["action"],
): Promise<void> {
  await server[action]();
}

/** As the region's agent attaches to them. */
export function urlOf({ serverPort, nodes }: PlannedRegion): string {
  if (nodes === undefined) return `redis://${HOST}:${serverPort}`;
  return `cluster://${nodes.map(({ port }) => `${HOST}:${port}`).join(",")}`;
}
