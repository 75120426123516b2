/**
 * A throwaway cluster for tests: native servers on free ports, in temporary folders, killed with us if need be. A node that was
 * killed keeps its folder, and comes back with its id by `restart`.
 */
import {
  clusterInfo,
  findServerBinary,
  formCluster,
  launchServer,
  nodeId,
  type ServerBinary,
  type ServerLaunch,
  type ServerProcess,
} from "@meridian/engine";
import { join } from "node:path";
import { Redis } from "ioredis";
import { limits } from "../limits.js";
import { freePorts } from "../ports.js";
import { tempDir } from "../temp-dir.js";
import { waitFor } from "../wait-for.js";
import { moveSlots } from "./move-slots.js";

export interface ClusterOptions {
  /** Primaries. */
  nodes: number;
  /** Of each primary; default 0. */
  replicas?: 0 | 1;
  /** Append-only file, synced every second. */
  aof?: boolean;
  /**
   * So long a node may be silent until others take it for dead; the default is short, for tests of failovers. Where none is
   * meant to fail over, a long one bears with a busy machine.
   */
  nodeTimeoutMs?: number;
}

export interface ClusterNode {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  readonly running: boolean;
  readonly dataDir: string;
  /** To this very node; comes back by itself. */
  readonly redis: Redis;
}

export interface SpawnedCluster {
  /** cluster://host:port,host:port,... */
  readonly url: string;
  /** As they were started: primaries, then replicas (of the primary at the same place), then those added. */
  readonly nodes: readonly ClusterNode[];
  /** Whom the slot belongs to, by what running nodes say. */
  ownerOf(slot: number): Promise<ClusterNode>;
  /** SIGKILL, as a crash would; resolves when the process is gone. */
  kill(node: ClusterNode): Promise<void>;
  /** On the same port and folder; resolves when the cluster is well again. */
  restart(node: ClusterNode): Promise<void>;
  /** Makes a replica the primary; its primary stops taking writes first and is its replica then. Resolves when all know. */
  failover(replica: ClusterNode): Promise<void>;
  /** Key by key, while clients go on. */
  moveSlots(from: ClusterNode, to: ClusterNode, slots: readonly number[]): Promise<void>;
  /** A primary without slots. */
  addNode(): Promise<ClusterNode>;
  /** Every running node says cluster_state:ok. */
  settled(): Promise<void>;
  /** A connection to a node; closed by `stop`, at the latest. */
  client(node: ClusterNode): Redis;
  /** Ends it for good: clients, servers, temporary folders. */
  stop(): Promise<void>;
}

/** False where this machine has no server of its own: WebAssembly is no node of a cluster. */
export async function hasCluster(): Promise<boolean> {
  return (await findServerBinary()) !== undefined;
}

/** Undefined where `hasCluster` is false. */
export async function spawnCluster(options: ClusterOptions): Promise<SpawnedCluster | undefined> {
  const binary = await findServerBinary();
  if (binary === undefined) return undefined;
  const cluster = new TestCluster(binary, options);
  try {
    await cluster.form(options.nodes, options.nodes * (options.replicas ?? 0));
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

class Node implements ClusterNode {
  readonly host = "127.0.0.1";
  id = "";

  private constructor(
    private readonly launch: ServerLaunch & Required<Pick<ServerLaunch, "cluster">>,
    readonly redis: Redis,
    private server: ServerProcess,
  ) {}

  static async start(binary: ServerBinary, folder: string, options: ClusterOptions): Promise<Node> {
    const [port = 0, busPort = 0] = await freePorts(2);
    const launch = {
      kind: binary.kind,
      path: binary.path,
      port,
      dataDir: join(folder, `node-${port}`),
      aof: options.aof === true,
      cluster: { busPort, nodeTimeoutMs: options.nodeTimeoutMs ?? limits.clusterNodeTimeoutMs },
    };
    const server = await launchServer(launch);
    const node = new Node(launch, connect(port), server);
    node.id = await nodeId(node.redis);
    return node;
  }

  get port(): number {
    return this.launch.port;
  }
  get busPort(): number {
    return this.launch.cluster.busPort;
  }
  get dataDir(): string {
    return this.launch.dataDir;
  }
  get pid(): number {
    return this.server.pid;
  }
  get running(): boolean {
    return this.server.running;
  }

  kill(): Promise<void> {
    return this.server.kill();
  }

  async restart(): Promise<void> {
    await this.server.stop();
    this.server = await launchServer(this.launch);
  }

  async stop(): Promise<void> {
    this.redis.disconnect();
    await this.server.kill();
  }
}

class TestCluster implements SpawnedCluster {
  readonly nodes: Node[] = [];
  private readonly folder = tempDir("meridian-cluster-");
  private readonly clients = new Set<Redis>();

  constructor(
    private readonly binary: ServerBinary,
    private readonly options: ClusterOptions,
  ) {}

  get url(): string {
    return `cluster://${this.nodes.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
  }

  async form(primaries: number, replicas: number): Promise<void> {
    for (let at = 0; at < primaries + replicas; at++) this.nodes.push(await this.start());
    await formCluster(this.nodes.slice(0, primaries), this.nodes.slice(primaries));
  }

  async ownerOf(slot: number): Promise<Node> {
    return await waitFor(() => this.ownerBy(slot), { what: `slot ${slot} to have an owner`, ...PATIENCE });
  }

  async kill(node: ClusterNode): Promise<void> {
    await this.own(node).kill();
  }

  async restart(node: ClusterNode): Promise<void> {
    await this.own(node).restart();
    await this.settled();
  }

  async failover(replica: ClusterNode): Promise<void> {
    const isPrimary = async (): Promise<boolean> => (await flagsOf(replica, replica.id)).includes("master");
    // A replica that has just come up refuses, or lets the time for an election pass: it is asked again.
    const attempt = async (): Promise<boolean> => {
      if (await isPrimary()) return true;
      await replica.redis.call("CLUSTER", "FAILOVER");
      return await waitFor(isPrimary, {
        what: "the replica to be elected",
        timeoutMs: 4 * limits.clusterNodeTimeoutMs,
      });
    };
    await waitFor(attempt, { what: "a failover", ...PATIENCE });
    const knows = async (node: ClusterNode) => (await flagsOf(node, replica.id)).includes("master");
    const running = this.running();
    await waitFor(async () => (await Promise.all(running.map(knows))).every(Boolean), {
      what: "all to know of a failover",
      ...PATIENCE,
    });
    await this.settled();
  }

  async moveSlots(from: ClusterNode, to: ClusterNode, slots: readonly number[]): Promise<void> {
    const roles = await Promise.all(this.running().map(async (node) => [node, await isReplica(node)] as const));
    const primaries = roles.filter(([, replica]) => !replica).map(([node]) => node);
    await moveSlots(from, to, slots, primaries);
  }

  async addNode(): Promise<ClusterNode> {
    const [first] = this.running();
    if (first === undefined) throw new Error("no node runs that a new one could meet");
    const known = this.running().length + 1;
    const node = await this.start();
    this.nodes.push(node);
    await first.redis.call("CLUSTER", "MEET", "127.0.0.1", node.port, node.busPort);
    const knowsAll = async ({ redis }: Node) => (await clusterInfo(redis)).known >= known;
    await waitFor(async () => (await Promise.all(this.running().map(knowsAll))).every(Boolean), {
      what: "the nodes to know the new one",
      ...PATIENCE,
    });
    await this.settled();
    return node;
  }

  async settled(): Promise<void> {
    const isWell = async ({ redis }: Node) => (await clusterInfo(redis)).isWell;
    await waitFor(async () => (await Promise.all(this.running().map(isWell))).every(Boolean), {
      what: "cluster_state:ok",
      ...PATIENCE,
    });
  }

  client(node: ClusterNode): Redis {
    const client = connect(node.port);
    this.clients.add(client);
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.disconnect();
    await Promise.all(this.nodes.map((node) => node.stop()));
    this.folder.remove();
  }

  private start(): Promise<Node> {
    return Node.start(this.binary, this.folder.path, this.options);
  }

  private running(): Node[] {
    return this.nodes.filter((node) => node.running);
  }

  private own(node: ClusterNode): Node {
    const own = this.nodes.find((one) => one === node);
    if (own === undefined) throw new Error(`the node on port ${node.port} is of another cluster`);
    return own;
  }

  private async ownerBy(slot: number): Promise<Node | undefined> {
    for (const node of this.running()) {
      const ranges = (await node.redis.call("CLUSTER", "SLOTS")) as [number, number, [string, number, string]][];
      const id = ranges.find(([first, last]) => first <= slot && slot <= last)?.[2][2];
      if (id === node.id) return node;
    }
    return undefined;
  }
}

const PATIENCE = { timeoutMs: limits.clusterWaitMs };

async function flagsOf(asked: ClusterNode, id: string): Promise<string[]> {
  const text = String(await asked.redis.call("CLUSTER", "NODES"));
  const line = text.split("\n").find((one) => one.startsWith(id));
  return line?.split(" ")[2]?.split(",") ?? [];
}

async function isReplica(node: ClusterNode): Promise<boolean> {
  return (await flagsOf(node, node.id)).includes("slave");
}

function connect(port: number): Redis {
  const redis = new Redis({ host: "127.0.0.1", port, enableReadyCheck: false, maxRetriesPerRequest: 0 });
  redis.on("error", () => undefined); // each command is rejected anyway
  return redis;
}
