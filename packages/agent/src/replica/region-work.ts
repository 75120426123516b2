/** What this agent does of the replication of its region, whether partitions are hash slots or all is one. */
import type { Identity, LinkOptions, Listener } from "../link/index.js";
import type { AlarmLog } from "./adapter/alarm-log.js";
import type { RegionWait } from "./adapter/region-waits.js";
import type { Roster } from "./adapter/roster.js";
import type { ServerClock } from "./adapter/server-clock.js";
import type { Holding, ReplicationStatus } from "./adapter/status.js";
import type { TokenWaits } from "./adapter/token-waits.js";
import type { Agents } from "./agents/agents.js";
import type { ReplicationOptions } from "./index.js";
import type { Vector } from "./vector.js";

export interface RegionWorkOptions {
  readonly replication: ReplicationOptions;
  /** Of this agent. */
  readonly id: string;
  readonly roster: Roster;
  readonly identity: Identity;
  readonly link: LinkOptions;
  readonly listener: Listener;
  readonly clock: ServerClock;
  readonly alarms: AlarmLog;
  readonly tokens: TokenWaits;
}

export interface RegionWork {
  readonly agents: Agents;
  /** Whether this agent does what one alone does for the region. */
  readonly isActive: boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The roster is another one. */
  membersChanged(): void;
  /** Of the region, as far as this agent knows. */
  status(): ReplicationStatus;
  /** Of what this agent does itself. */
  ownStatus(): ReplicationStatus;
  holdings(): readonly Holding[];
  ends(): Promise<Vector>;
  limit(peer: string, bytesPerSecond: number | undefined): void;
  waitForRegions(wait: RegionWait, signal: AbortSignal): Promise<number>;
}
