/**
 * A cluster of this machine, started and kept running: each node a native server in a folder of its own, `node-1` and on. The first
 * start makes a cluster of them; later ones find it again, also on other ports.
 */
import { join } from "node:path";
import { connectTo } from "../address.js";
import { EngineError } from "../errors.js";
import { limits } from "../limits.js";
import { chooseServer, type ServerFallback } from "../local-server.js";
import { freePort } from "../ports.js";
import type { ServerLaunch } from "../server-process.js";
import { Supervisor } from "../supervisor.js";
import { formCluster } from "./form-cluster.js";

export interface NodePorts {
  readonly port: number;
  /** Between nodes. */
  readonly busPort: number;
}

export interface LocalClusterOptions {
  /** Of each node, on 127.0.0.1; or how many nodes there are to be, on free ports. */
  nodes: readonly NodePorts[] | number;
  dataDir: string;
  /** WebAssembly is no node of a cluster: `wasm` is refused. */
  fallback?: ServerFallback;
  /** Each failed attempt to start a node again. */
  onProblem: (error: unknown) => void;
}

export interface LocalCluster {
  readonly kind: ServerLaunch["kind"];
  readonly ports: readonly number[];
  /** cluster://127.0.0.1:port,... */
  readonly url: string;
  /** Of those that run. */
  readonly pids: readonly number[];
  /** Of all nodes: SIGKILL; they stay down until `start`. */
  kill(): Promise<void>;
  start(): void;
  /** Append-only files are synced, and the nodes started again. */
  restart(): Promise<void>;
  /** Append-only files are synced. */
  stop(): Promise<void>;
}

export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  if (options.fallback === "wasm") {
    const remedy = "start it without WebAssembly, with valkey-server or redis-server 7.0 or newer on the PATH";
    throw new EngineError("MERIDIAN_BADOPTIONS", { problem: "a node of a cluster needs a native server", remedy });
  }
  const server = await chooseServer("never");
  const nodes = await portsOf(options.nodes);
  const supervisors: Supervisor[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(supervisors.map((supervisor) => supervisor.stop()));
  };
  try {
    for (const [at, { port, busPort }] of nodes.entries()) {
      const dataDir = join(options.dataDir, `node-${at + 1}`);
      const cluster = { busPort, nodeTimeoutMs: limits.localNodeTimeoutMs };
      supervisors.push(await Supervisor.start({ ...server, port, dataDir, aof: true, cluster }, options.onProblem));
    }
    await form(nodes);
  } catch (error) {
    await stop();
    throw error;
  }
  const ports = nodes.map(({ port }) => port);
  return {
    kind: server.kind,
    ports,
    url: `cluster://${ports.map((port) => `127.0.0.1:${port}`).join(",")}`,
    get pids() {
      return supervisors.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    },
    kill: async () => {
      await Promise.all(supervisors.map((supervisor) => supervisor.kill()));
    },
    start: () => {
      for (const supervisor of supervisors) supervisor.start();
    },
    restart: async () => {
      await Promise.all(supervisors.map((supervisor) => supervisor.restart()));
    },
    stop,
  };
}

async function portsOf(nodes: readonly NodePorts[] | number): Promise<readonly NodePorts[]> {
  if (typeof nodes !== "number") return nodes;
  const ports = new Set<number>();
  while (ports.size < 2 * nodes) ports.add(await freePort());
  const all = [...ports];
  return all.slice(0, nodes).map((port, at) => ({ port, busPort: all[nodes + at]! }));
}

async function form(nodes: readonly NodePorts[]): Promise<void> {
  const connected = nodes.map((node) => ({ ...node, redis: connectTo({ host: "127.0.0.1", port: node.port }) }));
  try {
    await formCluster(connected, []);
  } finally {
    for (const { redis } of connected) redis.disconnect();
  }
}
