/** Who serves the connections that come through the doors: this process, or one of several. */
import type { Socket } from "node:net";
import type { GatewayUpstream } from "../upstream.js";
import type { GatewayStats } from "../stats.js";
import type { TlsMaterial } from "../../tls/index.js";

/** Which door it was: through the one of TLS come bytes that have yet to be decrypted. */
export type DoorKind = "plain" | "tls";

export interface GatewayProcess {
  readonly pid: number;
  readonly connections: number;
}

export interface ClientTaker {
  /** Where other processes serve the clients: these. */
  readonly processes: readonly GatewayProcess[];
  /** Connections that were taken and are not closed yet; some have not finished the TLS handshake. */
  readonly connections: number;
  /** A connection of which nothing has been read. */
  take(socket: Socket, kind: DoorKind): void;
  /** For handshakes from now on. */
  useCertificate(material: TlsMaterial): void;
  /** Clients are served by that server from now on: who is connected is closed, unless it is the same. */
  useUpstream(upstream: GatewayUpstream): void;
  stats(): GatewayStats;
  /** Replies in flight are given, up to a limit; then everything is closed. */
  stop(): Promise<void>;
}
