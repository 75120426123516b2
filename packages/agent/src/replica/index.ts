/** Replication of one region: its logs to the others, theirs to it. `startReplication` is the whole of it. */
import { createRequire } from "node:module";
import type { Engine } from "@meridian/engine";
import type { RaisedAlarm } from "./adapter/alarm-log.js";
import type { Peer } from "./adapter/links.js";
import type { RegionWait } from "./adapter/region-waits.js";
import type { TokenWait, TokenWaited } from "./adapter/token-waits.js";
import type { RosterMembers } from "./adapter/roster.js";
import type { Holding, ReplicationStatus } from "./adapter/status.js";
import type { AgentPresence } from "./agents/agents.js";
import { RegionReplication } from "./region-replication.js";
import { LinkCertificates, type LinkTlsFiles, type MembersHandler } from "../link/index.js";
import { alarmOf, type Alarm } from "./alarms.js";
import type { ReplicaLimits } from "./limits.js";
import type { Command, ReplicaEvent } from "./protocol.js";
import type { Vector } from "./vector.js";

export { untilOnDisk } from "./adapter/disk-wait.js";
export { type Alarm, type AlarmCode, alarmCodes, alarmOf } from "./alarms.js";
export type { RaisedAlarm } from "./adapter/alarm-log.js";
export type { AgentPresence } from "./agents/agents.js";
export type { Peer } from "./adapter/links.js";
export type { RegionWait } from "./adapter/region-waits.js";
export type { TokenWait, TokenWaited } from "./adapter/token-waits.js";
export type { StateSyncStatus } from "./adapter/state-import.js";
export type { Retention } from "./trimmer.js";
export type { Holding, LinkStatus, ReplicationStatus } from "./adapter/status.js";
export { msOfStamp } from "./stamps.js";
export { Replica } from "./machine.js";
export { replicaLimits, type ReplicaLimits } from "./limits.js";
export type { ApplyReply, Batch, Command, Entry, Payload, ReplicaEvent, Rewind, Standing } from "./protocol.js";
export { regionOfOrigin, stampIn, type Vector, WHOLE } from "./vector.js";

export interface ReplicationOptions {
  /** The region's server; it stays the caller's, to be stopped after the replication. */
  readonly engine: Engine;
  /** Of the deployment; agents of two different ones refuse each other. Without it: "default". */
  readonly namespace?: string | undefined;
  readonly region: string;
  /** All regions in their order, this one among them; the same list in every agent. */
  readonly regions: readonly string[];
  /** Those of the regions that are none any more. */
  readonly gone?: ReadonlyMap<string, "removed" | "forgotten"> | undefined;
  /** What a peer knows of the members is taken up, and what is known here answered; without it the list never changes. */
  readonly members?: MembersHandler | undefined;
  /** Where the other regions' agents reach this one; port 0: any free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** The other regions' agents. */
  readonly peers: readonly Peer[];
  /** Whether links are packed, where the peer wants it too; without it they are. */
  readonly compression?: boolean | undefined;
  /** Links over mutual TLS; without it they are neither encrypted nor authenticated. */
  readonly tls?: LinkTlsFiles | undefined;
  /** The certificate of links was exchanged. */
  readonly onCertificate?: ((validUntilMs: number) => void) | undefined;
  /** The same alarm about the same thing comes once in ten seconds at most. */
  readonly onAlarm: (alarm: Alarm) => void;
  /** Everything that the machine hears, as it hears it: for tests and for tracing. */
  readonly onEvent?: ((event: ReplicaEvent<Uint8Array>) => void) | undefined;
  /** Everything that the machine does about it, before it is done; not where hash slots are the partitions. */
  readonly onCommand?: ((command: Command<Uint8Array>) => void) | undefined;
  /** Other bounds than `replicaLimits`. */
  readonly limits?: Partial<ReplicaLimits>;
  /** What states that are given away use at most, in bytes a second, beside the limits of links; without it only those. */
  readonly stateSyncBytesPerSecond?: number | undefined;
  /** Of this agent's admin API, host:port: the other agents of the region tell it. */
  readonly admin?: string | undefined;
  /** This agent replicates from now on, or stands by while others do; `slots`: those that it does it for, where partitions are slots. */
  readonly onRole?: ((role: "active" | "standby", slots?: string) => void) | undefined;
  /** False: it replicates whatever other agents do, for tests of two at once. */
  readonly standsBy?: boolean;
  /** Of the wire; only tests of the handshake give another one. */
  readonly protocolVersion?: number;
}

export interface Replication {
  /** Where it listens. */
  readonly listenPort: number;
  status(): ReplicationStatus;
  /** Of what this agent does itself, where several share the slots; else as `status`. */
  ownStatus(): ReplicationStatus;
  /** Raised since the start, the same about the same thing counted as one. */
  alarms(): readonly RaisedAlarm[];
  /** What each region holds, as far as is known here. */
  holdings(): readonly Holding[];
  /** Where this region stands by now, its servers asked. Rejects where one does not answer. */
  ends(): Promise<Vector>;
  /** Those of the region that were heard lately, this one first. */
  agents(): readonly AgentPresence[];
  /** All places, those that are gone, and the other regions, from now on. */
  setMembers(members: RosterMembers): void;
  /** What the region knows of the members, told what is known here. Rejects with a LinkError. */
  askMembers(peer: string, addresses: readonly string[], text: Uint8Array): Promise<Uint8Array>;
  /** Whether this agent does what one alone does for the region. */
  readonly isActive: boolean;
  /** What is found out elsewhere and is an alarm of replication. */
  raise(alarm: Alarm): void;
  /** What is sent to the peer uses at most so much from now on; undefined: no limit. */
  limitLink(peer: string, bytesPerSecond: number | undefined): void;
  /**
   * How many other regions hold all that was written here before the call: as soon as they are enough, or when the time is
   * over, or at the signal. Rejects where the server doesn't answer.
   */
  waitForRegions(wait: RegionWait, signal: AbortSignal): Promise<number>;
  /** Where this region stands, as a token; of a region of slots where these stand. */
  token(slots?: readonly number[]): Promise<string>;
  /** Whether the region holds what the token names: as soon as it does, when the time is over, or at the signal. */
  waitForToken(wait: TokenWait, signal: AbortSignal): Promise<TokenWaited>;
  /** Until when the certificate of links is good; undefined: they have none. */
  readonly certificateUntilMs: number | undefined;
  /** Looks at the files of the certificate now. */
  reload(): Promise<void>;
  /** Ends the links and its connections to the server. Nothing is lost by it at any point. */
  stop(): Promise<void>;
}

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };

/**
 * Resolves when it listens; links come up by themselves. Rejects where it can't listen (LINK_LISTEN), or has no
 * certificate that can be used (MERIDIAN_BADCERTIFICATE).
 */
export async function startReplication(options: ReplicationOptions): Promise<Replication> {
  const certificates =
    options.tls === undefined
      ? undefined
      : await LinkCertificates.read(options.tls, {
          onExchange: (untilMs) => options.onCertificate?.(untilMs),
          onProblem: (error) => replication.raise(alarmOf("REPLICA_LINK_CERTIFICATE", {}, error.message)),
        });
  const replication = new RegionReplication(options, certificates, version);
  try {
    await replication.start();
  } catch (error) {
    certificates?.stop();
    await replication.stop();
    throw error;
  }
  let stopped: Promise<void> | undefined;
  return {
    listenPort: replication.listenPort,
    status: () => replication.status(),
    ownStatus: () => replication.ownStatus(),
    alarms: () => replication.alarms(),
    holdings: () => replication.holdings(),
    ends: () => replication.ends(),
    agents: () => replication.agents.list(),
    setMembers: (members) => replication.setMembers(members),
    askMembers: (peer, addresses, text) => replication.askMembers(peer, addresses, text),
    get isActive() {
      return replication.isActive;
    },
    raise: (alarm) => replication.raise(alarm),
    limitLink: (peer, bytesPerSecond) => replication.limitLink(peer, bytesPerSecond),
    waitForRegions: (wait, signal) => replication.waitForRegions(wait, signal),
    token: (slots) => replication.tokens.read(slots),
    waitForToken: (wait, signal) => replication.tokens.wait(wait, signal),
    get certificateUntilMs() {
      return certificates?.validUntilMs;
    },
    reload: () => certificates?.look() ?? Promise.resolve(),
    stop: () => {
      certificates?.stop();
      return (stopped ??= replication.stop());
    },
  };
}
