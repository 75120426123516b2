/** From options to a running engine: which server, where, with what; and nothing left behind when that fails. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClusterTopology } from "./cluster/cluster-topology.js";
import { ControlPrimary } from "./cluster/control-primary.js";
import { startLocalCluster, type LocalClusterOptions, type NodePorts } from "./cluster/local-cluster.js";
import { LoneTopology } from "./cluster/lone-topology.js";
import { RegionSlots } from "./cluster/region-slots.js";
import { RegionEngine, type Engine, type EngineSetup } from "./engine.js";
import { EngineError } from "./errors.js";
import { readLibrary, type LibrarySource } from "./library.js";
import { chooseServer, type ServerFallback } from "./local-server.js";
import { freePort } from "./ports.js";
import { FollowedPrimary } from "./primary/followed-primary.js";
import { ListSearch } from "./primary/list-search.js";
import { FixedPrimary, type Primary } from "./primary/primary.js";
import { SentinelSearch } from "./primary/sentinel-search.js";
import { parseServerUrl, type SentinelAccess, type ServerPlace } from "./primary/server-url.js";
import { waitUntilReady } from "./probe.js";
import { Supervisor } from "./supervisor.js";

export const DEFAULT_ROOT = "mer:{0}";

export type Partitioning = "whole" | "slots";

export interface EngineOptions {
  /** Key prefix of the partition; default `mer:{0}`. */
  root?: string;
  region: string;
  /** All regions in their order, this one among them. */
  regions: readonly string[];
  /** It joins others that are there already: on an empty server no writes are taken until their list was taken over. */
  joins?: boolean;
  /**
   * Attach to this running server (redis://[user:password@]host:port), to the primary of several (redis://host:port,host:port),
   * to the one that Sentinels name (sentinel://host:port,host:port/NAME), or to a cluster (cluster://host:port,host:port);
   * without it one is started.
   */
  url?: string;
  /** What a partition is, the same in all regions: all keys, or a hash slot. Default: slots where the url is a cluster's. */
  partitions?: Partitioning;
  /** With Sentinels. */
  sentinel?: SentinelAccess | undefined;
  /** Of a started server, on 127.0.0.1; default: a free one. */
  port?: number;
  /** Start a cluster of so many nodes, or of nodes on these ports; with `partitions: "slots"`, instead of one server. */
  nodes?: readonly NodePorts[] | number;
  /** Of a started server; default: a temporary folder, removed on stop. */
  dataDir?: string;
  fallback?: ServerFallback;
  /** Default: the library that packages/core built. */
  library?: LibrarySource;
}

export async function startEngine(options: EngineOptions): Promise<Engine> {
  checkRegions(options);
  const library = options.library ?? (await readLibrary());
  const common = {
    root: options.root ?? DEFAULT_ROOT,
    region: options.region,
    regions: options.regions,
    joins: options.joins ?? false,
    library,
  };
  if (options.url === undefined && options.nodes !== undefined) {
    return await startNodes(options, options.nodes, common);
  }
  if (options.url === undefined) return await startLocal(options, common);
  return await attach(parseServerUrl(options.url, options.sentinel), common, options.partitions);
}

type Common = Pick<EngineSetup, "root" | "region" | "regions" | "joins" | "library">;

async function attach(place: ServerPlace, common: Common, partitions: Partitioning = "whole"): Promise<Engine> {
  const cleanUp = (): Promise<void> => Promise.resolve();
  const setup = { ...common, kind: "attached" as const, dataIsKept: true, cleanUp };
  if (place.kind === "cluster") {
    const topology = await ClusterTopology.start(place.servers);
    return await openOrStop(new RegionEngine({ ...setup, ...clusterOf(topology, common) }));
  }
  const primary = await primaryOf(place);
  return await openOrStop(new RegionEngine({ ...setup, ...loneOf(primary, common, partitions) }));
}

function clusterOf(topology: ClusterTopology, common: Common): Pick<EngineSetup, "primary" | "slots"> {
  const primary = new ControlPrimary(topology);
  return { primary, slots: new RegionSlots({ ...common, topology, isCluster: true }) };
}

function loneOf(primary: Primary, common: Common, partitions: Partitioning): Pick<EngineSetup, "primary" | "slots"> {
  if (partitions === "whole") return { primary };
  return { primary, slots: new RegionSlots({ ...common, topology: new LoneTopology(primary), isCluster: false }) };
}

async function primaryOf(place: Exclude<ServerPlace, { kind: "cluster" }>): Promise<Primary> {
  if (place.kind === "sentinel") return await FollowedPrimary.start(new SentinelSearch(place));
  if (place.kind === "list") return await FollowedPrimary.start(new ListSearch(place.servers));
  await waitUntilReady(place.server, () => false);
  return new FixedPrimary(place.server);
}

async function startLocal(options: EngineOptions, common: Common): Promise<Engine> {
  const server = await chooseServer(options.fallback ?? "auto");
  const port = options.port ?? (await freePort());
  const { temporary, dataDir, remove } = await folderOf(options);
  const engine = new RegionEngine({
    ...common,
    kind: server.kind,
    ...loneOf(new FixedPrimary({ host: "127.0.0.1", port }), common, options.partitions ?? "whole"),
    dataIsKept: !temporary,
    cleanUp: remove,
  });
  try {
    const launch = { ...server, port, dataDir, aof: true };
    engine.supervisor = await Supervisor.start(launch, (error) => engine.report(error));
  } catch (error) {
    await engine.stop();
    throw error;
  }
  return await openOrStop(engine);
}

async function startNodes(
  options: EngineOptions,
  nodes: LocalClusterOptions["nodes"],
  common: Common,
): Promise<Engine> {
  const { temporary, dataDir, remove } = await folderOf(options);
  let engine: RegionEngine | undefined;
  const onProblem = (error: unknown): void => engine?.report(error);
  const fallback = options.fallback ?? "auto";
  const cluster = await startLocalCluster({ nodes, dataDir, fallback, onProblem }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const cleanUp = async (): Promise<void> => {
    await cluster.stop();
    await remove();
  };
  try {
    const topology = await ClusterTopology.start(cluster.ports.map((port) => ({ host: "127.0.0.1", port })));
    const setup = { ...common, kind: cluster.kind, dataIsKept: !temporary, cleanUp };
    engine = new RegionEngine({ ...setup, ...clusterOf(topology, common) });
  } catch (error) {
    await cleanUp();
    throw error;
  }
  return await openOrStop(engine);
}

/** A temporary one, which `remove` removes, where none is given. */
async function folderOf({ dataDir }: EngineOptions): Promise<{
  temporary: boolean;
  dataDir: string;
  remove: () => Promise<void>;
}> {
  if (dataDir !== undefined) return { temporary: false, dataDir, remove: () => Promise.resolve() };
  const folder = await mkdtemp(join(tmpdir(), "meridian-"));
  return { temporary: true, dataDir: folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function openOrStop(engine: RegionEngine): Promise<Engine> {
  try {
    await engine.open();
    return engine;
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

/** Region names go into origins (`<region>~<incarnation>`) and into comma-separated lists. */
const REGION_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

function checkRegions({ region, regions, port, url, partitions, root, nodes }: EngineOptions): void {
  const refuse = (problem: string, remedy: string) => new EngineError("MERIDIAN_BADOPTIONS", { problem, remedy });
  const bad = regions.find((name) => !REGION_NAME.test(name));
  if (bad !== undefined) {
    throw refuse(`'${bad}' is no name for a region`, "use letters, digits, '-', '_' and '.'");
  }
  if (new Set(regions).size !== regions.length) {
    throw refuse(`a region is named twice in ${regions.join(",")}`, "name each once");
  }
  if (!regions.includes(region)) {
    throw refuse(`region '${region}' is not among ${regions.join(",")}`, "add it to the list of regions");
  }
  const isCluster = url !== undefined && parseServerUrl(url).kind === "cluster";
  if (isCluster && partitions === "whole") {
    throw refuse("the partitions of a cluster are hash slots, not 'whole'", "set partitions to slots in every region");
  }
  if ((isCluster || partitions === "slots") && root !== undefined && root !== DEFAULT_ROOT) {
    throw refuse(`the root '${root}' is of no hash slot`, "give none where partitions are slots");
  }
  if (nodes !== undefined && (url !== undefined || partitions !== "slots")) {
    throw refuse("nodes of a cluster are to be started", "set partitions to slots, and give no url");
  }
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw refuse(`${port} is no port`, "choose one between 1 and 65535");
  }
}
