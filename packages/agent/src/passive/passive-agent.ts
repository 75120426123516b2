/**
 * The agent of a region where one region takes the writes: the region's server is a plain primary or replica, the gateway sends each
 * command where it belongs, and the agents agree upon roles. There is no function library of Meridian's and no metadata.
 */
import {
  bytesOf,
  pulseOf,
  startAdmin,
  withLooks,
  type Admin,
  type RegionAnswer,
  type RegionQuestion,
  type StatusDocument,
} from "../admin/index.js";
import { AdminToken } from "../admin-token.js";
import { agentConsole } from "../agent-console.js";
import { absent } from "../admin/inspect.js";
import { readValue } from "../admin/inspect-value.js";
import type { BandwidthDocument, BandwidthRequest, InspectDocument } from "../admin/documents.js";
import type { Agent, AgentSettings } from "../agent.js";
import { AgentError, codeOf, textOf } from "../errors.js";
import { type Relay, startRelay } from "../gateway/index.js";
import { ControlLine, ControlListener, LinkCertificates, type Identity, type LinkOptions } from "../link/index.js";
import type { Logger } from "../logger.js";
import type { ForgetDocument, RegionsDocument } from "../members/documents.js";
import type { ModeRequest, ModeView } from "../mode/documents.js";
import { leaveActive } from "../mode/leaving-active.js";
import type { DoctorRegion, VerifyAnswer } from "../verify/documents.js";
import { LAG_BYTES_DEFAULT, LOST_WRITES_DEFAULT } from "../config/passive-schema.js";
import { VERSION } from "../version.js";
import { ControlDesk } from "./control-desk.js";
import type { FailoverDocument, FailoverRequest } from "./documents.js";
import { Election } from "./failover/election.js";
import { Failover } from "./failover/failover.js";
import { FailoverSteps } from "./failover/steps.js";
import { Peers } from "./peers.js";
import { followSentinels, openServer } from "./open-server.js";
import { placeOf, type RegionServer } from "./region-server.js";
import { Roles } from "./roles.js";
import { passiveStatus } from "./status.js";

export async function startPassiveAgent(settings: AgentSettings, log: Logger): Promise<Agent> {
  const agent = new PassiveAgent(settings, log);
  try {
    await agent.start();
    return agent;
  } catch (error) {
    await agent.stop();
    throw error;
  }
}

class PassiveAgent implements Agent {
  private server: RegionServer | undefined;
  private certificates: LinkCertificates | undefined;
  private listener: ControlListener | undefined;
  private peers: Peers | undefined;
  private roles: Roles | undefined;
  private relay: Relay | undefined;
  private election: Election | undefined;
  private desk: ControlDesk | undefined;
  private admin: Admin | undefined;
  private stopped: Promise<void> | undefined;
  private readonly token: AdminToken;
  private readonly halt = new AbortController();

  constructor(
    private readonly settings: AgentSettings,
    private readonly log: Logger,
  ) {
    this.token = new AdminToken(settings.admin?.tokenFile);
  }

  get region(): string {
    return this.settings.region;
  }
  get gatewayPort(): number {
    return part(this.relay).port;
  }
  get linkPort(): number {
    return part(this.listener).port;
  }
  get adminPort(): number | undefined {
    return this.admin?.port;
  }

  async start(): Promise<void> {
    const { settings, log } = this;
    if (!("url" in settings.server)) throw new Error("checked in the configuration");
    const server = await openServer(settings.server);
    this.server = server;
    const { isDrained } = await leaveActive(settings, server, log, this.halt.signal);
    const roles = this.newRoles(server, isDrained);
    this.roles = roles;
    await roles.look();
    const link = await this.linkOptions();
    const identity = this.identity();
    this.listener = new ControlListener(identity, link, (_from, question) => part(this.desk).answer(question));
    await this.listener.listen(settings.link);
    this.peers = new Peers({
      lines: linesOf(settings, identity, link),
      own: () => roles.state(),
      heard: (region, state, askedMs) => roles.heard(region, state, askedMs),
    });
    this.relay = await this.startRelay(roles);
    const { relay, peers } = this;
    const steps = new FailoverSteps(roles, () => relay.unanswered);
    const lagBytesMax = settings.activePassive?.failover.lagBytesMax ?? LAG_BYTES_DEFAULT;
    const failover = new Failover({ roles, peers, steps, lagBytesMax });
    this.election = new Election({ roles, peers, failover });
    this.desk = new ControlDesk({ roles, peers, steps, failover, election: this.election });
    followSentinels(server, () => roles.moved());
    this.peers.start();
    roles.start(this.peers);
    this.election.start();
    if (settings.admin !== undefined) await this.startAdmin(settings.admin);
    log.info("agent ready", {
      event: "agent-ready",
      server: `${server.address.host}:${server.address.port}`,
      gateway: `${settings.gateway.host}:${this.gatewayPort}`,
      link: `${settings.link.host}:${this.linkPort}`,
      admin: this.adminPort === undefined ? undefined : `${this.admin?.host}:${this.adminPort}`,
    });
  }

  async status(): Promise<StatusDocument> {
    return passiveStatus({
      settings: this.settings,
      server: part(this.server),
      roles: part(this.roles),
      peers: part(this.peers),
      relay: part(this.relay),
      linkCertificateUntilMs: this.certificates?.validUntilMs ?? null,
    });
  }

  /** One region takes the writes, so none arise. */
  subscribeConflicts(): () => void {
    return () => undefined;
  }

  /** There are no logs, digests and conflicts here. */
  async ask<Q extends RegionQuestion>(question: Q): Promise<RegionAnswer<Q>> {
    return (await this.answerConsole(question)) as RegionAnswer<Q>;
  }

  async inspect(key: Buffer): Promise<InspectDocument> {
    return { key: bytesOf(key), regions: [await this.inspectOwn(key)] };
  }

  async doctor(): Promise<DoctorRegion> {
    const { roles } = this;
    return { region: this.region, problem: roles?.problem ?? null, findings: [], lookedAt: null };
  }

  verify(): Promise<VerifyAnswer> {
    return Promise.reject(onlyActive("verify"));
  }

  bandwidth(): BandwidthDocument {
    return { links: [] };
  }

  limitLinks(_request: BandwidthRequest): BandwidthDocument {
    throw onlyActive("a limit of bandwidth");
  }

  regions(): RegionsDocument {
    return {
      region: this.region,
      epoch: part(this.roles).record?.epoch ?? 0,
      closed: null,
      regions: this.settings.regions.map(({ name, link }) => ({
        region: name,
        link: [link].flat().join(","),
        status: "member",
        sinceMs: null,
        lackedBy: [],
      })),
      change: null,
      unaware: [],
      settled: true,
    };
  }

  changeRegions(): Promise<RegionsDocument | ForgetDocument> {
    return Promise.reject(onlyActive("a change of the list of regions"));
  }

  async mode(request?: ModeRequest): Promise<ModeView> {
    if (request !== undefined) throw new AgentError("MERIDIAN_MODEBYRESTART");
    const { record } = part(this.roles);
    const { region } = this;
    return {
      region,
      mode: "active-passive",
      primary: record?.primary ?? null,
      closed: false,
      vector: {},
      problem: null,
    };
  }

  async reload(): Promise<void> {
    await Promise.all([this.relay?.reload(), this.certificates?.look(), this.token.readAgain(this.log)]);
  }

  stop(): Promise<void> {
    this.stopped ??= this.stopParts();
    return this.stopped;
  }

  private async stopParts(): Promise<void> {
    this.halt.abort();
    for (const end of [
      () => this.admin?.stop(),
      () => this.relay?.stop(),
      () => this.election?.stop(),
      () => this.roles?.stop(),
      () => this.peers?.stop(),
      () => this.listener?.stop(),
      () => this.certificates?.stop(),
      () => this.server?.stop(),
    ]) {
      try {
        await end();
      } catch (error) {
        this.log.error(`a part did not stop: ${textOf(error)}`, { event: "stop-failed", code: codeOf(error) });
      }
    }
  }

  private newRoles(server: RegionServer, isDrained: boolean): Roles {
    const { region, regions, activePassive } = this.settings;
    return new Roles({
      region,
      regions: regions.map(({ name }) => name),
      first: activePassive?.primary ?? regions[0]?.name ?? region,
      server,
      isDrained,
      places: new Map(
        regions.flatMap(({ name, server: place }) => (place === undefined ? [] : [[name, placeOf(place)]])),
      ),
      lostWritesFolder: activePassive?.lostWrites ?? LOST_WRITES_DEFAULT,
      automatic: activePassive?.failover.automatic ?? false,
      log: this.log,
      onRouting: (routing) => this.relay?.use(routing),
    });
  }

  private identity(): Identity {
    const { namespace = "default", region, regions } = this.settings;
    return { namespace, region, regions: regions.map(({ name }) => name), root: "", softwareVersion: VERSION };
  }

  private async linkOptions(): Promise<LinkOptions> {
    const { tls } = this.settings.link;
    if (tls !== undefined) {
      this.certificates = await LinkCertificates.read(tls, {
        onExchange: (untilMs) =>
          this.log.info("links use the certificate that is in the files now", {
            event: "certificate-used",
            validUntil: new Date(untilMs).toISOString(),
          }),
        onProblem: (error) => this.log.warn(error.message, { event: "alarm", code: "REPLICA_LINK_CERTIFICATE" }),
      });
    }
    return { certificates: this.certificates, compression: false, serverNowMs: () => undefined };
  }

  private startRelay(roles: Roles): Promise<Relay> {
    const { host, port, tls, unixSocket, limits, drainMs } = this.settings.gateway;
    const hasOtherDoor = tls !== undefined || unixSocket !== undefined;
    return startRelay({
      listen: port === 0 && hasOtherDoor ? undefined : { host, port },
      tls: tls === undefined ? undefined : { ...tls, host: tls.host ?? host },
      unixSocket,
      limits: { ...limits, drainMs },
      log: this.log,
      routing: roles.routing(),
      bound: this.settings.activePassive?.reads,
      staleness: () => roles.stalenessMs(),
    });
  }

  private async answerConsole(question: RegionQuestion): Promise<RegionAnswer<RegionQuestion>> {
    const { redis } = part(this.server);
    switch (question.kind) {
      case "status":
        return await this.status();
      case "pulse":
        return await pulseOf(redis);
      case "keyView": {
        const key = Buffer.from(question.keyBase64, "base64");
        return await withLooks(await this.inspectOwn(key), (name, ...args) => redis.call(name, ...args), key);
      }
      default:
        throw onlyActive("what the console asks here");
    }
  }

  private async startAdmin(admin: NonNullable<AgentSettings["admin"]>): Promise<void> {
    await this.token.read();
    const parts = { settings: this.settings, admin, gateway: part(this.relay), token: this.token };
    this.admin = await startAdmin({
      listen: { host: admin.host, port: admin.port },
      console: agentConsole({ ...parts, regions: () => this.regions(), ask: (question) => this.ask(question) }),
      source: {
        status: () => this.status(),
        inspect: (key) => this.inspect(key),
        conflicts: () => Promise.reject(onlyActive("a conflict")),
        subscribeConflicts: () => this.subscribeConflicts(),
        bandwidth: {
          list: async () => this.bandwidth(),
          limit: async (request) => this.limitLinks(request),
        },
        regions: { list: async () => this.regions(), change: () => this.changeRegions() },
        doctor: async () => ({ regions: [await this.doctor()] }),
        mode: async (request) => ({ regions: [await this.mode(request)] }),
        verify: () => this.verify(),
        failover: (request) => this.failover(request),
      },
      onFault: (error) => this.log.error(`admin API: ${textOf(error)}`, { event: "admin-fault" }),
    });
  }

  failover(request: FailoverRequest): Promise<FailoverDocument> {
    return part(this.desk).failover(request);
  }

  private async inspectOwn(key: Buffer) {
    const { redis } = part(this.server);
    try {
      const [type, ttlMs] = [String(await redis.type(key)), Number(await redis.pttl(key))];
      const read = (name: string, ...args: (string | Buffer)[]): Promise<unknown> => redis.callBuffer(name, ...args);
      return {
        region: this.region,
        problem: null,
        type: type === "none" ? null : type,
        ttlMs: ttlMs === -2 ? null : ttlMs,
        ...(await readValue(read, key, type)),
        metadata: null,
      };
    } catch (error) {
      return absent(this.region, textOf(error));
    }
  }
}

function linesOf(settings: AgentSettings, identity: Identity, link: LinkOptions): Map<string, ControlLine> {
  const others = settings.regions.filter(({ name }) => name !== settings.region);
  return new Map(others.map(({ name, link: at }) => [name, new ControlLine(name, [at].flat(), identity, link)]));
}

function onlyActive(what: string): AgentError {
  return new AgentError("MERIDIAN_ONLYACTIVE", { what });
}

function part<Part>(value: Part | undefined): Part {
  if (value === undefined) throw new Error("the agent has not started");
  return value;
}
