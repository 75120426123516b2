/**
 * From a connection that came through the door of TLS to one whose bytes are the client's: the handshake, with the
 * certificate of the moment. TLS 1.2 is the least.
 */
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { gatewayLimits } from "../limits.js";
import type { GatewayStats } from "../stats.js";
import { TLS_VERSION_MIN, type TlsMaterial } from "../../tls/index.js";

/** Whether clients show certificates of their own, as Redis's `tls-auth-clients` says it. */
export type ClientCertificates = "none" | "optional" | "required";

export class TlsHandshakes {
  /** Listens nowhere: it is given connections. */
  private readonly server: Server;

  constructor(
    material: TlsMaterial,
    private readonly clientCertificates: ClientCertificates,
    stats: GatewayStats,
    onClient: (client: TLSSocket) => void,
  ) {
    this.server = createServer({
      ...material,
      minVersion: TLS_VERSION_MIN,
      requestCert: clientCertificates !== "none",
      rejectUnauthorized: clientCertificates === "required",
      handshakeTimeout: gatewayLimits.tlsHandshakeMsMax,
    });
    this.server.on("secureConnection", (client) => {
      if (this.isRefused(client)) {
        stats.tlsHandshakesFailed++;
        client.destroy();
      } else {
        onClient(client);
      }
    });
    this.server.on("tlsClientError", (_error, client) => {
      stats.tlsHandshakesFailed++;
      client.destroy();
    });
  }

  begin(raw: Socket): void {
    this.server.emit("connection", raw);
  }

  /** Handshakes that have begun go on with what was. */
  use(material: TlsMaterial): void {
    this.server.setSecureContext({ ...material, minVersion: TLS_VERSION_MIN });
  }

  /** A certificate may be left out, but not be a wrong one. */
  private isRefused(client: TLSSocket): boolean {
    if (this.clientCertificates !== "optional" || client.authorized) return false;
    return Object.keys(client.getPeerCertificate()).length > 0;
  }
}
