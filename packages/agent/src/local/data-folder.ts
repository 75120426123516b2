/**
 * The data folder of a local start: one folder a region. `start.json` names the process that has it, so that two starts
 * never share one, and `--fresh` never deletes what another is using.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isPortFree, waitUntilFree } from "@meridian/engine";
import { AgentError } from "../errors.js";
import type { PlannedRegion, StartPlan } from "./options.js";

interface Claim {
  pid: number;
  basePort: number;
}

export class DataFolder {
  private constructor(
    private readonly path: string,
    private readonly claimFile: string,
  ) {}

  /** Also waits for servers of a start that is just leaving. */
  static async claim(plan: StartPlan): Promise<DataFolder> {
    mkdirSync(plan.dataDir, { recursive: true });
    const claimFile = join(plan.dataDir, "start.json");
    const holder = readClaim(claimFile);
    if (holder !== undefined && holder.pid !== process.pid && (await isServing(holder))) {
      throw new AgentError("MERIDIAN_DATALOCKED", { dataDir: plan.dataDir, ...holder });
    }
    const folder = new DataFolder(plan.dataDir, claimFile);
    for (const region of plan.regions) {
      const path = folder.regionPath(region.name);
      for (const { port, folder: own } of serversOf(region, path)) await waitUntilFree(port, own);
      if (plan.fresh) rmSync(path, { recursive: true, force: true });
      refuseOtherKind(region, path);
      mkdirSync(path, { recursive: true });
    }
    const claim: Claim = { pid: process.pid, basePort: plan.adminPort };
    writeFileSync(claimFile, `${JSON.stringify(claim)}\n`);
    return folder;
  }

  regionPath(region: string): string {
    return join(this.path, region);
  }

  agentLog(region: string): string {
    return join(this.path, region, "agent.log");
  }

  release(): void {
    if (readClaim(this.claimFile)?.pid === process.pid) rmSync(this.claimFile, { force: true });
  }
}

/** Each with the folder of its data; a cluster's are below that of the region. */
export function serversOf({ serverPort, nodes }: PlannedRegion, path: string): { port: number; folder: string }[] {
  if (nodes === undefined) return [{ port: serverPort, folder: path }];
  return nodes.map(({ port }, index) => ({ port, folder: join(path, `node-${index + 1}`) }));
}

/** What one server kept is not found by a cluster, and the other way round. */
function refuseOtherKind({ name, nodes }: PlannedRegion, path: string): void {
  const isCluster = existsSync(join(path, "node-1"));
  const isServer = existsSync(join(path, "appendonlydir"));
  if (nodes === undefined ? !isCluster : !isServer) return;
  const [kept, option] = isCluster
    ? ["a cluster", "with --engine cluster"]
    : ["one server", "without --engine cluster"];
  throw new AgentError("MERIDIAN_DATAKIND", { region: name, path, kept, option });
}

function readClaim(file: string): Claim | undefined {
  try {
    const claim = JSON.parse(readFileSync(file, "utf8")) as Partial<Claim>;
    return typeof claim.pid === "number" && typeof claim.basePort === "number"
      ? { pid: claim.pid, basePort: claim.basePort }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Process ids are used again, so the port must be taken too before we believe the claim. */
async function isServing({ pid, basePort }: Claim): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !(await isPortFree(basePort));
}
