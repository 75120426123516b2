/** Replication of one region: its logs to the others, theirs to it. `startReplication` is the whole of it. */
import { createRequire } from "node:module";
import type { Engine } from "@meridian/engine";
import type { RaisedAlarm } from "./adapter/alarm-log.js";
import { Driver } from "./adapter/driver.js";
import type { Peer } from "./adapter/links.js";
import type { RegionWait } from "./adapter/region-waits.js";
import { holdingsOf, statusOf, type Holding, type ReplicationStatus } from "./adapter/status.js";
import { LinkCertificates, type LinkTlsFiles } from "../link/index.js";
import { alarmOf, type Alarm } from "./alarms.js";
import type { ReplicaLimits } from "./limits.js";
import type { ReplicaEvent } from "./protocol.js";

export { type Alarm, type AlarmCode, alarmCodes } from "./alarms.js";
export type { RaisedAlarm } from "./adapter/alarm-log.js";
export type { RegionWait } from "./adapter/region-waits.js";
export type { StateSyncStatus } from "./adapter/state-import.js";
export type { Retention } from "./trimmer.js";
export type { Holding, LinkStatus, ReplicationStatus } from "./adapter/status.js";
export { Replica } from "./machine.js";
export { replicaLimits, type ReplicaLimits } from "./limits.js";
export type { ApplyReply, Batch, Command, Entry, Payload, ReplicaEvent, Rewind, Standing } from "./protocol.js";
export type { Vector } from "./vector.js";

export interface ReplicationOptions {
  /** The region's server; it stays the caller's, to be stopped after the replication. */
  readonly engine: Engine;
  /** Of the deployment; agents of two different ones refuse each other. Without it: "default". */
  readonly namespace?: string | undefined;
  readonly region: string;
  /** All regions in their order, this one among them; the same list in every agent. */
  readonly regions: readonly string[];
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
  readonly onEvent?: (event: ReplicaEvent<Uint8Array>) => void;
  /** Other bounds than `replicaLimits`. */
  readonly limits?: Partial<ReplicaLimits>;
  /** What states that are given away use at most, in bytes a second, beside the limits of links; without it only those. */
  readonly stateSyncBytesPerSecond?: number | undefined;
  /** Of the wire; only tests of the handshake give another one. */
  readonly protocolVersion?: number;
}

export interface Replication {
  /** Where it listens. */
  readonly listenPort: number;
  status(): ReplicationStatus;
  /** Raised since the start, the same about the same thing counted as one. */
  alarms(): readonly RaisedAlarm[];
  /** What each region holds, as far as is known here. */
  holdings(): readonly Holding[];
  /** What is sent to the peer uses at most so much from now on; undefined: no limit. */
  limitLink(peer: string, bytesPerSecond: number | undefined): void;
  /**
   * How many other regions hold all that was written here before the call: as soon as they are enough, or when the time is
   * over, or at the signal. Rejects where the server doesn't answer.
   */
  waitForRegions(wait: RegionWait, signal: AbortSignal): Promise<number>;
  /** Until when the certificate of links is good; undefined: they have none. */
  readonly certificateUntilMs: number | undefined;
  /** Looks at the files of the certificate now. */
  reload(): Promise<void>;
  /** Ends the links and its connections to the server. Nothing is lost by it at any point. */
  stop(): Promise<void>;
}

const NAMESPACE_DEFAULT = "default";

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };

/**
 * Resolves when it listens; links come up by themselves. Rejects where it can't listen (LINK_LISTEN), or has no
 * certificate that can be used (MERIDIAN_BADCERTIFICATE).
 */
export async function startReplication(options: ReplicationOptions): Promise<Replication> {
  const { region } = options;
  const certificates =
    options.tls === undefined
      ? undefined
      : await LinkCertificates.read(options.tls, {
          onExchange: (untilMs) => options.onCertificate?.(untilMs),
          onProblem: (error) => driver.raise(alarmOf("REPLICA_LINK_CERTIFICATE", {}, error.message)),
        });
  const driver = new Driver({
    ...options,
    certificates,
    namespace: options.namespace ?? NAMESPACE_DEFAULT,
    compression: options.compression ?? true,
    softwareVersion: version,
    onEvent: options.onEvent ?? (() => undefined),
  });
  try {
    await driver.start();
  } catch (error) {
    certificates?.stop();
    await driver.stop();
    throw error;
  }
  const peers = options.peers.map((peer) => peer.region);
  let stopped: Promise<void> | undefined;
  return {
    listenPort: driver.links.port,
    status: () => statusOf(driver, region, peers),
    alarms: () => driver.alarms.list(),
    holdings: () => holdingsOf(driver, region, peers),
    limitLink: (peer, bytesPerSecond) => driver.links.limit(peer, bytesPerSecond),
    waitForRegions: (wait, signal) => driver.waits.wait(wait, signal),
    get certificateUntilMs() {
      return certificates?.validUntilMs;
    },
    reload: () => certificates?.look() ?? Promise.resolve(),
    stop: () => {
      certificates?.stop();
      return (stopped ??= driver.stop());
    },
  };
}
