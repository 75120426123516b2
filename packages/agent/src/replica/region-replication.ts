/** The replication of one region as this agent takes part in it: what both kinds of regions have, and the work of the one that it is. */
import { hostname } from "node:os";
import { randomBytes } from "node:crypto";
import {
  callMembers,
  Listener,
  PROTOCOL_VERSION,
  SLOTS_ROOT,
  type Identity,
  type LinkCertificates,
  type LinkOptions,
} from "../link/index.js";
import { AlarmLog, type RaisedAlarm } from "./adapter/alarm-log.js";
import { Roster, type RosterMembers } from "./adapter/roster.js";
import type { RegionWait } from "./adapter/region-waits.js";
import { TokenWaits } from "./adapter/token-waits.js";
import { ServerClock } from "./adapter/server-clock.js";
import type { Holding, ReplicationStatus } from "./adapter/status.js";
import type { Agents } from "./agents/agents.js";
import type { Alarm } from "./alarms.js";
import type { ReplicationOptions } from "./index.js";
import type { RegionWork, RegionWorkOptions } from "./region-work.js";
import { SharedRegion } from "./slots/shared-region.js";
import type { Vector } from "./vector.js";
import { WholeRegion } from "./whole-region.js";

const NAMESPACE_DEFAULT = "default";

export class RegionReplication {
  private readonly log: AlarmLog;
  private readonly listener: Listener;
  private readonly clock = new ServerClock();
  /** Where the region stands, for those who carry that to another one. */
  readonly tokens: TokenWaits;
  private readonly roster: Roster;
  private readonly identity: Identity;
  private readonly link: LinkOptions;
  private readonly work: RegionWork;

  constructor(
    private readonly options: ReplicationOptions,
    certificates: LinkCertificates | undefined,
    softwareVersion: string,
  ) {
    const { engine, region, protocolVersion = PROTOCOL_VERSION } = options;
    const id = `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
    const namespace = options.namespace ?? NAMESPACE_DEFAULT;
    this.roster = new Roster(region, options);
    const root = engine.slots === undefined ? engine.root : SLOTS_ROOT;
    this.identity = this.roster.identity({ namespace, root, softwareVersion, protocolVersion, agent: id });
    this.link = {
      compression: options.compression ?? true,
      certificates,
      serverNowMs: () => this.clock.nowMs(performance.now()),
    };
    this.log = new AlarmLog(options.onAlarm);
    this.listener = new Listener(this.identity, this.link, options.members);
    this.tokens = new TokenWaits(engine, () => [region, ...this.roster.peers]);
    const { roster, identity, link, listener, clock, log: alarms, tokens } = this;
    const work: RegionWorkOptions = {
      replication: options,
      id,
      roster,
      identity,
      link,
      listener,
      clock,
      alarms,
      tokens,
    };
    this.work = engine.slots === undefined ? new WholeRegion(work) : new SharedRegion(work, engine.slots);
  }

  get listenPort(): number {
    return this.listener.port;
  }

  async start(): Promise<void> {
    await this.listener.listen(this.options.listen);
    await this.work.start();
  }

  async stop(): Promise<void> {
    await this.work.stop();
    await this.listener.stop();
  }

  get agents(): Agents {
    return this.work.agents;
  }

  /** All places, those that are gone, and the other regions, from now on. */
  setMembers(members: RosterMembers): void {
    this.roster.set(members);
    this.work.membersChanged();
  }

  /** What the region knows of the members, told what is known here; asked at each of its addresses until one answers. */
  async askMembers(peer: string, addresses: readonly string[], text: Uint8Array): Promise<Uint8Array> {
    const { identity, link } = this;
    let problem: unknown;
    for (const address of addresses) {
      try {
        return await callMembers({ peer, address, identity, link, ownOrigin: "" }, text);
      } catch (error) {
        problem = error;
      }
    }
    throw problem;
  }

  /** Whether this agent does what one alone does for the region. */
  get isActive(): boolean {
    return this.work.isActive;
  }

  raise(alarm: Alarm): void {
    this.log.raise(alarm, Date.now());
  }

  status(): ReplicationStatus {
    return this.work.status();
  }

  /** Of what this agent does itself. */
  ownStatus(): ReplicationStatus {
    return this.work.ownStatus();
  }

  /** Of this agent. */
  alarms(): readonly RaisedAlarm[] {
    return this.log.list();
  }

  holdings(): readonly Holding[] {
    return this.work.holdings();
  }

  /** Where this region stands by now, as its servers say it: of open slots as in `holdings`, where there are many partitions. */
  ends(): Promise<Vector> {
    return this.work.ends();
  }

  limitLink(region: string, bytesPerSecond: number | undefined): void {
    this.roster.limit(region, bytesPerSecond);
    this.work.limit(region, bytesPerSecond);
  }

  waitForRegions(wait: RegionWait, signal: AbortSignal): Promise<number> {
    return this.work.waitForRegions(wait, signal);
  }
}
