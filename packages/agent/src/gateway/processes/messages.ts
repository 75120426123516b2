/** What the agent and the processes of its gateway tell each other, over the IPC channel of child_process. */
import type { TlsDoor } from "../client-service.js";
import type { TlsMaterial } from "../doors/certificates.js";
import type { DoorKind } from "../doors/client-taker.js";
import type { GatewaySettings } from "../settings.js";
import type { GatewayStats } from "../stats.js";

export type ToWorker =
  | { kind: "start"; settings: GatewaySettings; tls: TlsDoor | undefined }
  /** The connection comes with it. */
  | { kind: "client"; door: DoorKind }
  | { kind: "certificate"; material: TlsMaterial }
  /** Drain, then end. */
  | { kind: "stop" };

export type FromWorker =
  | { kind: "ready" }
  /** Since the start: so many connections are closed; and what it counts. */
  | { kind: "counts"; closed: number; stats: GatewayStats };
