/**
 * One region: engine, replication, gateway and admin API put together. It holds no data: everything is in the region's
 * server, so an agent may be killed at any point and run again anywhere.
 *
 * 1. Parts start bottom up, and stop in the reverse order; when one fails to start, those before it are stopped.
 * 2. While the server is away replication waits and the gateway refuses; the agent itself stays.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Engine, Finding } from "@meridian/engine";
import {
  agentStatus,
  answerRegion,
  bandwidthOf,
  bytesOf,
  conflictSource,
  ConflictTally,
  type ConflictListener,
  ConflictNotices,
  type Unsubscribe,
  gatherConflicts,
  inspectKey,
  limitLinks,
  startAdmin,
  type Admin,
  type BandwidthDocument,
  type BandwidthRequest,
  type ConflictTotals,
  type InspectDocument,
  type RegionAnswer,
  type RegionQuestion,
  type StatusDocument,
} from "./admin/index.js";
import { AdminToken } from "./admin-token.js";
import type { Adopting } from "./adoption.js";
import { adoptionOf } from "./slots-adoption.js";
import { agentConsole } from "./agent-console.js";
import { tracesOf } from "./agent-traces.js";
import type { AgentConfig } from "./config/index.js";
import { AgentError, codeOf, textOf } from "./errors.js";
import { agentLimits } from "./limits.js";
import { gatewayLimits } from "./gateway/index.js";
import { MembersDesk } from "./members/desk.js";
import type { ForgetDocument, RegionsDocument, RegionsRequest } from "./members/documents.js";
import { Membership } from "./members/membership.js";
import type { FailoverDocument, FailoverRequest } from "./passive/documents.js";
import { activeMode, leavePassive, type ModeRequest, type ModeView } from "./mode/index.js";
import { startPassiveAgent } from "./passive/passive-agent.js";
import { peersOf } from "./members/peers.js";
import { doorsOf, gatewayOptionsOf, upstreamOf } from "./gateway-options.js";
import type { Logger } from "./logger.js";
import { watchNodes } from "./node-watch.js";
import { serverOptions } from "./server-options.js";
import { bandwidthTo, replicationOptionsOf } from "./replication-options.js";
import { AgentRegionService } from "./region-service.js";
import { answerVerify } from "./verify/answers.js";
import { examineRegion } from "./verify/doctor.js";
import type { DoctorRegion, VerifyAnswer, VerifyRequest } from "./verify/documents.js";
import { refuseOnStandby } from "./standby.js";
import { ShareKeeper } from "./share-keeper.js";
import type { Traces } from "./traces/index.js";
import { realServices, type Gateway, type Replication, type ReplicationStatus, type Services } from "./services.js";

/** As in the configuration; a local start asks its agents itself, without HTTP. */
export type AgentSettings = Omit<AgentConfig, "admin"> & { admin: AgentConfig["admin"] | undefined };

export interface Agent {
  readonly region: string;
  readonly gatewayPort: number;
  readonly linkPort: number;
  readonly adminPort: number | undefined;
  /** What the console asks of the region. */
  ask<Q extends RegionQuestion>(question: Q): Promise<RegionAnswer<Q>>;
  /** Told of each conflict that the region meets from now on, and of each that is resolved, until it is ended. */
  subscribeConflicts(listener: ConflictListener): Unsubscribe;
  status(): Promise<StatusDocument>;
  inspect(key: Buffer): Promise<InspectDocument>;
  doctor(): Promise<DoctorRegion>;
  bandwidth(): BandwidthDocument;
  /** For what this region sends, until the agent ends. */
  limitLinks(request: BandwidthRequest): BandwidthDocument;
  regions(): RegionsDocument;
  changeRegions(request: RegionsRequest): Promise<RegionsDocument | ForgetDocument>;
  /** Where one region takes the writes: another one does from then on. */
  failover(request: FailoverRequest): Promise<FailoverDocument>;
  /** Its mode; with a request, made ready for another one. */
  mode(request?: ModeRequest): Promise<ModeView>;
  /** Files that may have changed (certificates) are read anew. */
  reload(): Promise<void>;
  /** Again: no effect. */
  stop(): Promise<void>;
}

export async function startAgent(
  settings: AgentSettings,
  log: Logger,
  services: Services = realServices,
): Promise<Agent> {
  if (settings.mode === "active-passive") return await startPassiveAgent(settings, log);
  const agent = new RunningAgent(settings, log, services);
  try {
    await agent.start();
    return agent;
  } catch (error) {
    await agent.stop();
    throw error;
  }
}

class RunningAgent implements Agent {
  private engine: Engine | undefined;
  private membersDesk: MembersDesk | undefined;
  private membership: Membership | undefined;
  private conflictNotices: ConflictNotices | undefined;
  private conflictTally: ConflictTally | undefined;
  private adoption: Adopting | undefined;
  private shareKeeper: ShareKeeper | undefined;
  private replication: Replication | undefined;
  private gateway: Gateway | undefined;
  private regionService: AgentRegionService | undefined;
  private admin: Admin | undefined;
  private leaveNodes: (() => void) | undefined;
  private readonly token: AdminToken;
  private traces: Traces | undefined;
  private findings: readonly Finding[] = [];
  private serverProblem: string | undefined;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly settings: AgentSettings,
    private readonly log: Logger,
    private readonly services: Services,
  ) {
    this.token = new AdminToken(settings.admin?.tokenFile);
  }

  get region(): string {
    return this.settings.region;
  }
  get gatewayPort(): number {
    return this.part(this.gateway).port;
  }
  get linkPort(): number {
    return this.part(this.replication).listenPort;
  }
  get adminPort(): number | undefined {
    return this.admin?.port;
  }

  async start(): Promise<void> {
    const { settings, log, services } = this;
    const regions = settings.regions.map(({ name }) => name);
    const left = await leavePassive(settings, log);
    const engine = await services.startEngine({
      region: this.region,
      regions,
      joins: settings.join === true,
      ...serverOptions(settings),
    });
    this.engine = engine;
    this.conflictTally = new ConflictTally(engine);
    this.conflictNotices = new ConflictNotices(engine);
    this.watch(engine);
    await this.examine(engine);
    this.adoption = adoptionOf(engine, log, settings.server.adopt === true || left.adopts);
    await this.adoption.begin();
    await left.finish();
    const membership = new Membership({ engine, region: this.region, seed: settings.regions, log });
    this.membership = membership;
    const members = { view: await membership.open(), told: membership.told.bind(membership) };
    this.traces = await tracesOf(settings, log, () => this.regions());
    this.replication = await services.startReplication(
      replicationOptionsOf(settings, engine, log, members, this.traces),
    );
    this.membersDesk = new MembersDesk(this.region, membership, this.replication);
    membership.start(peersOf(this.replication, (peer) => bandwidthTo(settings, peer)));
    this.gateway = await services.startGateway(
      gatewayOptionsOf(settings, engine, log, this.serviceOf(this.replication)),
    );
    this.followPrimary(engine); // it may have moved meanwhile
    if (settings.admin !== undefined) await this.startAdmin(settings.admin);
    void this.adoption.run();
    this.shareKeeper = new ShareKeeper(engine, log);
    void this.shareKeeper.run();
    log.info("agent ready", {
      event: "agent-ready",
      server: `${engine.host}:${engine.port}`,
      gateway: doorsOf(this.part(this.gateway), settings),
      link: `${settings.link.host}:${this.linkPort}`,
      admin: this.adminPort === undefined ? undefined : `${this.admin?.host}:${this.adminPort}`,
    });
  }

  ask<Q extends RegionQuestion>(question: Q): Promise<RegionAnswer<Q>> {
    return answerRegion({ engine: this.part(this.engine), status: () => this.status() }, question);
  }

  subscribeConflicts(listener: ConflictListener): Unsubscribe {
    return this.part(this.conflictNotices).subscribe(listener);
  }

  status(): Promise<StatusDocument> {
    return this.statusOf(this.part(this.replication).status());
  }

  private async statusOf(status: ReplicationStatus): Promise<StatusDocument> {
    const conflicts = await this.conflictTotals();
    const parts = {
      region: this.region,
      engine: this.part(this.engine),
      replication: this.part(this.replication),
      gateway: this.part(this.gateway),
      gatewayHost: this.settings.gateway.host,
      serverProblem: this.serverProblem,
      findings: this.findings,
      adoption: this.adoption?.status ?? null,
      conflicts,
      nowMs: Date.now(),
    };
    return agentStatus(parts, status);
  }

  async inspect(key: Buffer): Promise<InspectDocument> {
    return { key: bytesOf(key), regions: [await inspectKey(this.part(this.engine), key)] };
  }

  async doctor(): Promise<DoctorRegion> {
    const status = await this.status();
    const { admin, gateway } = this.settings;
    const wanted = {
      clientsMax: gateway.limits?.clientsMax ?? gatewayLimits.clientsMax,
      logBytesMax: this.part(this.replication).status().retention.logBytesMax,
    };
    return examineRegion(this.part(this.engine), status, admin === undefined ? undefined : wanted);
  }

  bandwidth(): BandwidthDocument {
    return bandwidthOf(this.part(this.replication));
  }

  limitLinks(request: BandwidthRequest): BandwidthDocument {
    refuseOnStandby(this.region, this.part(this.replication));
    return limitLinks(this.part(this.replication), request);
  }

  regions(): RegionsDocument {
    return this.part(this.membersDesk).list();
  }

  changeRegions(request: RegionsRequest): Promise<RegionsDocument | ForgetDocument> {
    return this.part(this.membersDesk).change(request);
  }

  failover(_request: FailoverRequest): Promise<FailoverDocument> {
    return Promise.reject(new AgentError("MERIDIAN_ONLYPASSIVE", { what: "a failover" }));
  }

  mode(request?: ModeRequest): Promise<ModeView> {
    return activeMode(this.part(this.engine), request);
  }

  async reload(): Promise<void> {
    await Promise.all([this.gateway?.reload(), this.replication?.reload(), this.token.readAgain(this.log)]);
  }

  stop(): Promise<void> {
    this.stopped ??= this.stopParts();
    return this.stopped;
  }

  private async stopParts(): Promise<void> {
    this.conflictNotices?.stop();
    this.regionService?.stop();
    this.leaveNodes?.();
    this.shareKeeper?.stop();
    this.adoption?.stop();
    this.membership?.stop();
    for (const part of [this.admin, this.gateway, this.replication, this.traces, this.engine]) {
      try {
        await part?.stop();
      } catch (error) {
        this.log.error(`a part did not stop: ${textOf(error)}`, { event: "stop-failed", code: codeOf(error) });
      }
    }
  }

  private serviceOf(replication: Replication): AgentRegionService {
    this.regionService = new AgentRegionService({
      replication,
      stats: () => this.gateway?.stats(),
      conflicts: () => this.conflictTotals(),
    });
    return this.regionService;
  }

  private async startAdmin(admin: AgentConfig["admin"]): Promise<void> {
    await this.token.read();
    const parts = { settings: this.settings, admin, gateway: this.part(this.gateway), token: this.token };
    this.admin = await startAdmin({
      listen: { host: admin.host, port: admin.port },
      console: agentConsole({ ...parts, regions: () => this.regions(), ask: (question) => this.ask(question) }),
      source: {
        status: () => this.status(),
        counted: () => this.statusOf(this.part(this.replication).ownStatus()),
        inspect: (key) => this.inspect(key),
        subscribeConflicts: (listener) => this.subscribeConflicts(listener),
        conflicts: (request) => gatherConflicts([conflictSource(this.part(this.engine))], request),
        bandwidth: {
          list: async () => this.bandwidth(),
          limit: async (request) => this.limitLinks(request),
        },
        regions: { list: async () => this.regions(), change: (request) => this.changeRegions(request) },
        doctor: async () => ({ regions: [await this.doctor()] }),
        mode: async (request) => ({ regions: [await this.mode(request)] }),
        verify: (request) => this.verifyOwn(request),
        failover: (request) => this.failover(request),
      },
      onFault: (error) => this.log.error(`admin API: ${textOf(error)}`, { event: "admin-fault" }),
    });
  }

  /** Over HTTP an agent answers for its own region. */
  private async verifyOwn({ region, question }: VerifyRequest): Promise<VerifyAnswer> {
    if (region !== this.region) throw new AgentError("MERIDIAN_NOSUCHREGION", { region, regions: this.region });
    return await answerVerify(this.part(this.engine), question);
  }

  /** The status is answered whatever the server does. */
  private async conflictTotals(): Promise<ConflictTotals | null> {
    if (this.serverProblem !== undefined) return null;
    const stopped = new AbortController();
    const late = delay(agentLimits.statusReadMsMax, null, { signal: stopped.signal });
    try {
      return await Promise.race([this.part(this.conflictTally).totals(), late]);
    } catch {
      return null; // the engine reports what is wrong with it
    } finally {
      stopped.abort();
      late.catch(() => undefined);
    }
  }

  private watch(engine: Engine): void {
    engine.on("down", () => {
      this.serverProblem = `the server at ${engine.host}:${engine.port} does not answer`;
      this.log.warn(this.serverProblem, { event: "server-down" });
    });
    engine.on("moved", () => {
      const event = "server-moved";
      if (engine.hasPrimary) this.log.warn(`the primary is ${engine.host}:${engine.port} now`, { event });
      else this.log.warn(`the server at ${engine.host}:${engine.port} is not the primary any more`, { event });
      this.followPrimary(engine);
    });
    engine.on("restarted", () =>
      this.log.warn(
        "another process is the server now: what it did not have is gone, unless other regions give it back",
        {
          event: "server-restarted",
        },
      ),
    );
    engine.on("emptied", () => {
      this.serverProblem = `the server at ${engine.host}:${engine.port} lost all its data while it ran, as by a FLUSHALL past Meridian; the region begins anew, and takes in what other regions have`;
      this.log.error(this.serverProblem, { event: "server-emptied" });
    });
    engine.on("up", () => {
      this.serverProblem = undefined;
      this.log.info("the server answers again", { event: "server-up" });
      this.examine(engine).catch((error: unknown) => this.log.warn(`not checked again: ${textOf(error)}`));
    });
    if (engine.slots !== undefined) this.leaveNodes = watchNodes(engine.slots, this.log);
    engine.slots?.on("topology", () => this.followPrimary(engine));
    engine.on("problem", (error) => {
      const isElsewhere = engine.slots !== undefined && this.serverProblem === undefined; // of a node; the status says which
      if (!isElsewhere) this.serverProblem = textOf(error);
      this.log.warn(textOf(error), { event: "server-problem", code: codeOf(error) });
    });
  }

  /** Or the nodes of a cluster. */
  private followPrimary(engine: Engine): void {
    this.gateway?.useUpstream(upstreamOf(this.settings, engine));
  }

  private async examine(engine: Engine): Promise<void> {
    this.findings = await engine.findings();
    for (const { code, severity, message } of this.findings) {
      this.log[severity === "error" ? "error" : "warn"](message, { event: "finding", code });
    }
  }

  private part<Part>(part: Part | undefined): Part {
    if (part === undefined) throw new Error("the agent has not started");
    return part;
  }
}
