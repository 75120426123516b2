/** The options of a local start, from text to a plan: which regions, on which ports, how far apart, where their data is. */
import { resolve } from "node:path";
import { REGION_NAME } from "../config/region-name.js";
import { AgentError } from "../errors.js";
import { agentLimits } from "../limits.js";
import { parseRtt, type RttOf } from "./rtt.js";

export const BASE_PORT_DEFAULT = 7000;
const REGIONS_DEFAULT = "us-east-1,eu-west-1,ap-southeast-1";
const DATA_DEFAULT = ".meridian";
const SERVER_PORT_OFFSET = 100;
/** Of a cluster's further nodes, node after node, and then of the buses between them. */
const NODE_PORT_STEP = 100;
const BUS_PORT_OFFSET = SERVER_PORT_OFFSET + agentLimits.localClusterNodes * NODE_PORT_STEP;

const SERVERS_SPAN = SERVER_PORT_OFFSET + agentLimits.regionsMax;

/** As typed. */
export interface StartOptions {
  regions?: string;
  basePort?: string;
  rtt?: string;
  gatewayProcesses?: string;
  /** False with --no-console. */
  console?: boolean;
  data?: string;
  fresh?: boolean;
  engine?: string;
  mode?: string;
}

export interface PlannedRegion {
  name: string;
  gatewayPort: number;
  /** Of a cluster that of its first node. */
  serverPort: number;
  /** All nodes of its cluster; undefined: it has one server. */
  nodes?: readonly PlannedNode[];
}

export interface PlannedNode {
  port: number;
  /** Of the bus between nodes. */
  busPort: number;
}

export type StartMode = "active-active" | "active-passive";

export interface StartPlan {
  mode: StartMode;
  adminPort: number;
  regions: readonly PlannedRegion[];
  rttOf: RttOf;
  /** Of each region's gateway; undefined: the agent itself. */
  gatewayProcesses: number | undefined;
  console: boolean;
  dataDir: string;
  fresh: boolean;
}

export function planStart(options: StartOptions, folder: string = process.cwd()): StartPlan {
  const mode = parseMode(options.mode);
  const isCluster = parseEngine(options.engine);
  if (mode === "active-passive") refuseWithPassive(options);
  const basePort = parseBasePort(options.basePort, isCluster ? BUS_PORT_OFFSET + SERVERS_SPAN : SERVERS_SPAN);
  const names = parseRegions(options.regions ?? REGIONS_DEFAULT);
  return {
    mode,
    adminPort: basePort,
    regions: names.map((name, index) => ({
      name,
      gatewayPort: basePort + 1 + index,
      serverPort: basePort + SERVER_PORT_OFFSET + 1 + index,
      ...(isCluster ? { nodes: nodesOf(basePort + 1 + index) } : {}),
    })),
    rttOf: parseRtt(options.rtt, names),
    gatewayProcesses: parseProcesses(options.gatewayProcesses),
    console: options.console ?? true,
    dataDir: resolve(folder, options.data ?? DATA_DEFAULT),
    fresh: options.fresh ?? false,
  };
}

function nodesOf(first: number): PlannedNode[] {
  return Array.from({ length: agentLimits.localClusterNodes }, (_, index) => {
    const step = index * NODE_PORT_STEP;
    return { port: first + SERVER_PORT_OFFSET + step, busPort: first + BUS_PORT_OFFSET + step };
  });
}

/** `span`: the highest port is so far above it. */
export function parseBasePort(text: string | undefined, span: number = SERVERS_SPAN): number {
  if (text === undefined) return BASE_PORT_DEFAULT;
  const port = Number(text);
  const last = 65_535 - span;
  if (/^\d+$/.test(text) && port > 0 && port <= last) return port;
  throw bad("--base-port", text, "it is no base port", `give a number from 1 to ${last}`);
}

function parseProcesses(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const most = agentLimits.localGatewayProcessesMax;
  if (/^[1-9]\d*$/.test(text) && Number(text) <= most) return Number(text);
  throw bad("--gateway-processes", text, "it is no number of processes", `give a number from 1 to ${most}`);
}

function parseRegions(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  const odd = names.find((name) => !REGION_NAME.test(name));
  if (odd !== undefined) {
    throw bad("--regions", text, `'${odd}' is no name for a region`, "use letters, digits, '-', '_' and '.'");
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw bad("--regions", text, `'${twice}' is there twice`, "name each region once");
  if (names.length > agentLimits.regionsMax) {
    throw bad("--regions", text, "these are too many for one machine", `give at most ${agentLimits.regionsMax}`);
  }
  return names;
}

/** Whether each region is a cluster. */
function parseEngine(text: string | undefined): boolean {
  if (text === undefined || text === "server") return false;
  if (text === "cluster") return true;
  const remedy = "write cluster for three nodes a region, or leave it out for one server a region";
  throw bad("--engine", text, "it is no kind of engine", remedy);
}

function parseMode(text: string | undefined): StartMode {
  if (text === undefined || text === "active-active") return "active-active";
  if (text === "active-passive") return text;
  throw bad(
    "--mode",
    text,
    "it is no mode",
    "write active-passive for one region that takes the writes, or leave it out",
  );
}

function refuseWithPassive({ engine, gatewayProcesses }: StartOptions): void {
  const remedy = "leave it out, or leave --mode out";
  if (engine === "cluster") throw bad("--engine", engine, "there are no clusters with --mode active-passive", remedy);
  if (gatewayProcesses !== undefined)
    throw bad(
      "--gateway-processes",
      gatewayProcesses,
      "with --mode active-passive the agent serves clients itself",
      remedy,
    );
}

function bad(option: string, value: string, problem: string, remedy: string): AgentError {
  return new AgentError("MERIDIAN_BADOPTION", { option, value, problem, remedy });
}
