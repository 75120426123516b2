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
  serverPort: number;
}

export interface StartPlan {
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
  refuseLater("--engine", options.engine);
  refuseLater("--mode", options.mode);
  const basePort = parseBasePort(options.basePort);
  const names = parseRegions(options.regions ?? REGIONS_DEFAULT);
  return {
    adminPort: basePort,
    regions: names.map((name, index) => ({
      name,
      gatewayPort: basePort + 1 + index,
      serverPort: basePort + SERVER_PORT_OFFSET + 1 + index,
    })),
    rttOf: parseRtt(options.rtt, names),
    gatewayProcesses: parseProcesses(options.gatewayProcesses),
    console: options.console ?? true,
    dataDir: resolve(folder, options.data ?? DATA_DEFAULT),
    fresh: options.fresh ?? false,
  };
}

export function parseBasePort(text: string | undefined): number {
  if (text === undefined) return BASE_PORT_DEFAULT;
  const port = Number(text);
  const last = 65_535 - SERVER_PORT_OFFSET - agentLimits.regionsMax;
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

function refuseLater(option: string, value: string | undefined): void {
  if (value === undefined) return;
  throw bad(option, value, "this version has no such thing", "leave it out: one server a region, all regions active");
}

function bad(option: string, value: string, problem: string, remedy: string): AgentError {
  return new AgentError("MERIDIAN_BADOPTION", { option, value, problem, remedy });
}
