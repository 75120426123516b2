/** What the agent and the processes of its gateway tell each other, over the IPC channel of child_process. */
import type { TlsDoor } from "../client-service.js";
import type { TlsMaterial } from "../../tls/index.js";
import type { DoorKind } from "../doors/client-taker.js";
import type { RegionWaitRequest, TokenWaitAnswer, TokenWaitRequest } from "../region-service.js";
import type { GatewayUpstream } from "../upstream.js";
import type { GatewaySettings } from "../settings.js";
import type { GatewayStats } from "../stats.js";

/** Of the region's agent, for the gateway's RegionService in a process. */
export type ToRegion =
  /** For a client; `answered` or `notAnswered` answers. */
  | { kind: "ask"; id: number; question: RegionQuestion }
  /** It waits no more. */
  | { kind: "leave"; id: number };

export type FromRegion =
  | { kind: "section"; text: string }
  | { kind: "answered"; id: number; answer: RegionAnswer }
  | { kind: "notAnswered"; id: number; reason: string };

/** As RegionService has them. */
export type RegionQuestion =
  | { about: "regions"; request: RegionWaitRequest }
  | { about: "standing"; slots: readonly number[] | undefined }
  | { about: "token"; request: TokenWaitRequest };

export type RegionAnswer = number | string | TokenWaitAnswer;

export type ToWorker =
  | { kind: "start"; settings: GatewaySettings; tls: TlsDoor | undefined }
  /** The connection comes with it. */
  | { kind: "client"; door: DoorKind }
  | { kind: "certificate"; material: TlsMaterial }
  | { kind: "upstream"; upstream: GatewayUpstream }
  | FromRegion
  /** The clients of other processes whose command waits there, by their ids on the server. */
  | { kind: "waitingElsewhere"; ids: readonly number[] }
  | { kind: "unblock"; client: number; asError: boolean }
  /** Drain, then end. */
  | { kind: "stop" };

export type FromWorker =
  | { kind: "ready" }
  /** Since the start: so many connections are closed; what it counts; and who waits now, by ids on the server. */
  | { kind: "counts"; closed: number; stats: GatewayStats; waiting: readonly number[] }
  | ToRegion
  /** A client of another process is to be woken up. */
  | { kind: "unblock"; client: number; asError: boolean };
