/**
 * `npm start`: all regions on one machine. This process owns the servers, the emulated WAN and the admin API; each
 * region's agent is a child process. So any one process may be killed, and the rest shows what survives.
 *
 * 1. Parts start bottom up: ports and folder claimed, servers, links, admin API, agents. They stop in reverse, and the
 *    servers sync their append-only files.
 * 2. Whatever ends this process ends the rest: agents see their channel close, servers have a watchdog.
 */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { EngineError, isPortFree, type ServerFallback } from "@meridian/engine";
import {
  absent,
  bytesOf,
  checkNames,
  gatherConflicts,
  isMeant,
  mergeStatus,
  startAdmin,
  type Admin,
  type BandwidthDocument,
  type BandwidthRequest,
  type ConflictsDocument,
  type ConflictsRequest,
  type InspectDocument,
  type StatusDocument,
} from "../admin/index.js";
import type { AgentSettings } from "../agent.js";
import { LAG_BYTES_DEFAULT, LOST_WRITES_DEFAULT } from "../config/passive-schema.js";
import { AgentError, codeOf, textOf } from "../errors.js";
import { agentLimits } from "../limits.js";
import type { Logger } from "../logger.js";
import type { FailoverDocument, FailoverRequest } from "../passive/documents.js";
import type { DoctorDocument, DoctorRegion, VerifyAnswer, VerifyRequest } from "../verify/documents.js";
import { VERSION } from "../version.js";
import { type ModeDocument, type ModeRequest, type ModeView, unknownMode } from "../mode/documents.js";
import { AgentChild } from "./agent-child.js";
import { DataFolder } from "./data-folder.js";
import { localConsole } from "./local-console.js";
import { regionsSource } from "./local-regions.js";
import { LocalConflicts } from "./local-conflicts.js";
import { areRolesSettled, conflictsOf, passiveLinks, withMemoryOnly, withServer } from "./local-view.js";
import type { StartPlan } from "./options.js";
import { HOST, startServers, urlOf, type RegionServers } from "./region-servers.js";
import { Wan } from "./wan.js";

const NO_LINE = { up: false, rttMs: 0, delayMs: 0, lossPercent: 0 };

export interface LocalStartOptions {
  log: Logger;
  fallback?: ServerFallback;
}

export class LocalStart {
  private folder: DataFolder | undefined;
  private wan: Wan | undefined;
  private admin: Admin | undefined;
  private readonly servers = new Map<string, RegionServers>();
  private readonly agents = new Map<string, AgentChild>();
  private readonly localConflicts = new LocalConflicts(this.agents);
  private isStopping = false;
  private stopped: Promise<void> | undefined;

  constructor(
    readonly plan: StartPlan,
    private readonly options: LocalStartOptions,
  ) {}

  /** Resolves when every region accepts writes; rejects, with everything stopped again, when one can't. */
  async start(): Promise<void> {
    try {
      await this.startParts();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** May come at any time, also during the start; again: no effect. */
  stop(): Promise<void> {
    this.isStopping = true;
    this.stopped ??= this.stopParts();
    return this.stopped;
  }

  /** By region; undefined while it is not running. */
  processes(): { region: string; agentPid: number | undefined; serverPid: number | undefined }[] {
    return this.names().map((region) => ({
      region,
      agentPid: this.agents.get(region)?.pid,
      serverPid: this.servers.get(region)?.pids[0],
    }));
  }

  async status(): Promise<StatusDocument> {
    const agents = await Promise.all(
      this.names().map(async (region) => {
        const agent = this.agents.get(region);
        const document = await agent?.ask({ kind: "status" }).catch(() => undefined);
        return { region, document, problem: agent?.problem ?? "it is starting" };
      }),
    );
    const wan = (from: string, to: string) => this.wan?.stateOf(from, to) ?? NO_LINE;
    const merged = mergeStatus({ software: VERSION, atMs: Date.now(), agents, wan });
    const regions = merged.regions.map((region) => withServer(region, this.servers.get(region.region)));
    return { ...merged, regions, ...(this.plan.mode === "active-passive" && { links: passiveLinks(merged) }) };
  }

  async inspect(key: Buffer): Promise<InspectDocument> {
    const question = { kind: "inspect", keyBase64: key.toString("base64") } as const;
    const regions = await Promise.all(
      this.names().map(async (region) => {
        try {
          const document = await this.agents.get(region)?.ask(question);
          return document?.regions[0] ?? absent(region, "its agent is starting");
        } catch (error) {
          return absent(region, textOf(error));
        }
      }),
    );
    return { key: bytesOf(key), regions };
  }

  async bandwidth(): Promise<BandwidthDocument> {
    const { links } = await this.status();
    return { links: links.map(({ from, to, bandwidth }) => ({ from, to, bandwidth })) };
  }

  /** Each agent limits what it sends. */
  async limitLinks(request: BandwidthRequest): Promise<BandwidthDocument> {
    const names = this.names();
    checkNames(request, names);
    const senders = names.filter((from) => names.some((to) => to !== from && isMeant({ from, to }, request)));
    await Promise.all(
      senders.map(async (region) => {
        const agent = this.agents.get(region);
        if (agent === undefined) throw new AgentError("MERIDIAN_AGENTDOWN", { region });
        await agent.ask({ kind: "limitLinks", request });
      }),
    );
    return await this.bandwidth();
  }

  conflicts(request: ConflictsRequest): Promise<ConflictsDocument> {
    const sources = this.names().map((region) => conflictsOf(region, this.agents.get(region)));
    return gatherConflicts(sources, request);
  }

  async doctor(): Promise<DoctorDocument> {
    const regions = this.names().map(async (region): Promise<DoctorRegion> => {
      try {
        const found = await this.agentOf(region).ask({ kind: "doctor" });
        return { ...found, findings: withMemoryOnly(found.findings, this.servers.get(region)) };
      } catch (error) {
        return { region, problem: textOf(error), findings: [], lookedAt: null };
      }
    });
    return { regions: await Promise.all(regions) };
  }

  /** A change is refused whole where the first region refuses it; the others say what hinders them. */
  async mode(request?: ModeRequest): Promise<ModeDocument> {
    const regions: ModeView[] = [];
    for (const region of this.names()) {
      try {
        regions.push(await this.agentOf(region).ask({ kind: "mode", request }));
      } catch (error) {
        if (request !== undefined && regions.length === 0) throw error;
        regions.push(unknownMode(region, textOf(error)));
      }
    }
    return { regions };
  }

  async verify({ region, question }: VerifyRequest): Promise<VerifyAnswer> {
    if (!this.names().includes(region))
      throw new AgentError("MERIDIAN_NOSUCHREGION", { region, regions: this.names().join(", ") });
    return await this.agentOf(region).ask({ kind: "verify", question });
  }

  /** By the agent of the region that is to be the primary. */
  async failover(request: FailoverRequest): Promise<FailoverDocument> {
    if (!this.names().includes(request.to))
      throw new AgentError("MERIDIAN_NOSUCHREGION", { region: request.to, regions: this.names().join(", ") });
    return await this.agentOf(request.to).ask({ kind: "failover", request });
  }

  private agentOf(region: string): AgentChild {
    const agent = this.agents.get(region);
    if (agent === undefined) throw new AgentError("MERIDIAN_AGENTDOWN", { region });
    return agent;
  }

  private async startParts(): Promise<void> {
    const { plan } = this;
    await this.checkPorts();
    this.folder = await DataFolder.claim(plan);
    await this.startServers(this.folder);
    const isPassive = plan.mode === "active-passive";
    const serverPorts = isPassive ? plan.regions.map(({ name, serverPort }) => [name, serverPort] as const) : [];
    this.wan = await Wan.start(this.names(), plan.rttOf, new Map(serverPorts));
    this.refuseIfStopping();
    await this.startAdmin(this.wan);
    await this.startAgents(this.folder, this.wan);
    if (plan.mode === "active-passive") await this.settleRoles();
  }

  private async stopParts(): Promise<void> {
    const agents = [...this.agents.values()].map((agent) => agent.stop());
    await settle(agents, this.options.log);
    const between = [this.admin, this.wan].filter((part) => part !== undefined);
    await settle(
      between.map((part) => part.stop()),
      this.options.log,
    );
    await settle(
      [...this.servers.values()].map((server) => server.stop()),
      this.options.log,
    );
    this.folder?.release();
  }

  /** Before anything is started, so that the error names the one port and nothing must be undone. */
  private async checkPorts(): Promise<void> {
    const { adminPort, regions } = this.plan;
    const own = regions.flatMap(({ gatewayPort, serverPort, nodes = [] }) => [
      gatewayPort,
      ...(nodes.length === 0 ? [serverPort] : nodes.flatMap(({ port, busPort }) => [port, busPort])),
    ]);
    const ports = [adminPort, ...own];
    const deadline = performance.now() + agentLimits.portReleaseMsMax;
    for (const port of ports) {
      while (!(await isPortFree(port))) {
        if (performance.now() > deadline) throw new EngineError("MERIDIAN_PORTINUSE", { port });
        await delay(agentLimits.portProbeMs);
      }
    }
  }

  private async startServers(folder: DataFolder): Promise<void> {
    const { log, fallback } = this.options;
    await all(
      this.plan.regions.map(async (region) => {
        const { name } = region;
        const onProblem = (error: unknown): void =>
          log.warn(textOf(error), { event: "server-problem", server: name, code: codeOf(error) });
        const isReplica = this.plan.mode === "active-passive";
        const server = await startServers(region, { dataDir: folder.regionPath(name), onProblem, fallback, isReplica });
        this.servers.set(name, server);
        if (this.isStopping) await server.stop();
      }),
    );
    this.refuseIfStopping();
  }

  private async startAgents(folder: DataFolder, wan: Wan): Promise<void> {
    this.refuseIfStopping();
    await all(
      this.plan.regions.map(async ({ name }) => {
        const agent = new AgentChild({
          settings: this.settingsOf(name, wan),
          logFile: folder.agentLog(name),
          onLinkPort: (port) => wan.setTarget(name, port),
          onConflict: (notice) => this.localConflicts.tell(notice),
        });
        this.agents.set(name, agent);
        await agent.start();
      }),
    );
    this.refuseIfStopping();
  }

  private async settleRoles(): Promise<void> {
    const deadline = performance.now() + agentLimits.rolesSettleMsMax;
    for (;;) {
      const status = await this.status();
      this.refuseIfStopping();
      if (areRolesSettled(status)) return;
      if (performance.now() > deadline) {
        const problems = status.regions.flatMap(({ problem, activePassive }) => problem ?? activePassive?.held ?? []);
        const reason = `not every region follows the primary after ${agentLimits.rolesSettleMsMax / 1000} s; ${problems.join("; ")}`;
        throw new AgentError("MERIDIAN_AGENTFAILED", { region: this.names().join(", "), reason });
      }
      await delay(agentLimits.portProbeMs);
    }
  }

  private async startAdmin(wan: Wan): Promise<void> {
    const { plan, agents, servers } = this;
    this.admin = await startAdmin({
      listen: { host: HOST, port: this.plan.adminPort },
      console: localConsole({ plan, agents, servers, status: () => this.status() }),
      hasConsole: this.plan.console,
      source: {
        status: () => this.status(),
        inspect: (key) => this.inspect(key),
        conflicts: (request) => this.conflicts(request),
        subscribeConflicts: (listener) => this.localConflicts.subscribe(listener),
        bandwidth: {
          list: () => this.bandwidth(),
          limit: (request) => this.limitLinks(request),
        },
        regions: regionsSource(this.names(), this.agents),
        doctor: () => this.doctor(),
        mode: (request) => this.mode(request),
        verify: (request) => this.verify(request),
        failover: (request) => this.failover(request),
        links: {
          list: () => wan.list(),
          set: (request) => wan.set(request),
        },
      },
      onFault: (error) => this.options.log.error(`admin API: ${textOf(error)}`, { event: "admin-fault" }),
    });
  }

  private settingsOf(region: string, wan: Wan): AgentSettings {
    const own = this.plan.regions.find(({ name }) => name === region);
    if (own === undefined) throw new Error(`${region} is not planned`);
    const isPassive = this.plan.mode === "active-passive";
    return {
      region,
      regions: this.names().map((name) => ({
        name,
        link: name === region ? `${HOST}:0` : wan.addressOf(region, name),
        ...(name !== region && this.serverPlaceOf(region, name, wan)),
      })),
      ...(isPassive && {
        mode: "active-passive",
        activePassive: {
          failover: { lagBytesMax: LAG_BYTES_DEFAULT, automatic: false },
          lostWrites: join(this.plan.dataDir, region, LOST_WRITES_DEFAULT),
        },
      }),
      server: { url: urlOf(own) },
      gateway: { host: HOST, port: own.gatewayPort, processes: this.plan.gatewayProcesses },
      link: { host: HOST, port: 0 },
      admin: undefined,
    };
  }

  /** With active-active only for one that comes from active-passive, and may have to copy once more. */
  private serverPlaceOf(from: string, to: string, wan: Wan): { server: string } {
    if (this.plan.mode === "active-passive") return { server: wan.serverAddressOf(from, to) };
    const { serverPort = 0 } = this.plan.regions.find(({ name }) => name === to) ?? {};
    return { server: `${HOST}:${serverPort}` };
  }

  private names(): string[] {
    return this.plan.regions.map(({ name }) => name);
  }

  private refuseIfStopping(): void {
    if (this.isStopping) throw new EngineError("MERIDIAN_STOPPED", { region: this.names().join(", ") });
  }
}

/** Like Promise.all, but nothing is still starting when it rejects. */
async function all(starts: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(starts);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function settle(stops: readonly Promise<void>[], log: Logger): Promise<void> {
  for (const result of await Promise.allSettled(stops)) {
    if (result.status === "rejected")
      log.error(`a part did not stop: ${textOf(result.reason)}`, { event: "stop-failed" });
  }
}
