/**
 * Where clients come in: a plain port, a port of TLS, a unix socket; at least one of them. A connection is counted here
 * and given away as it is; one too many is told so in Redis's words (through the door of TLS nobody is told anything
 * before the handshake, as with Redis).
 */
import { chmodSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { errorReply, GatewayError } from "../errors.js";
import { gatewayLimits } from "../limits.js";
import type { ClientLimits } from "../settings.js";
import type { ClientTaker, DoorKind } from "./client-taker.js";
import { clearUnixSocket, UNIX_PERMISSIONS_DEFAULT, type UnixSocketSettings } from "./unix-socket.js";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface DoorSettings {
  readonly listen?: ListenAddress | undefined;
  readonly listenTls?: ListenAddress | undefined;
  readonly unixSocket?: UnixSocketSettings | undefined;
}

export class Doors {
  /** Since the start. */
  refused = 0;
  port: number | undefined;
  tlsPort: number | undefined;
  private readonly servers: Server[] = [];

  private constructor(
    private readonly taker: ClientTaker,
    private readonly limits: ClientLimits,
    private readonly pauseOnConnect: boolean,
  ) {}

  /** `pauseOnConnect`: connections go to other processes. When one door can't be opened, none is open. */
  static async open(
    { listen, listenTls, unixSocket }: DoorSettings,
    taker: ClientTaker,
    limits: ClientLimits,
    pauseOnConnect: boolean,
  ): Promise<Doors> {
    const doors = new Doors(taker, limits, pauseOnConnect);
    try {
      if (listen !== undefined) doors.port = await doors.openPort(listen, "plain");
      if (listenTls !== undefined) doors.tlsPort = await doors.openPort(listenTls, "tls");
      if (unixSocket !== undefined) await doors.openUnix(unixSocket);
    } catch (error) {
      doors.close();
      throw error;
    }
    return doors;
  }

  /** Nobody comes in any more; the file of the unix socket is gone. Who is in stays. */
  close(): void {
    for (const server of this.servers) server.close();
  }

  private async openPort({ host, port }: ListenAddress, kind: DoorKind): Promise<number> {
    const server = this.newServer(kind);
    await listening(
      server,
      () => server.listen({ host, port, backlog: gatewayLimits.backlog }),
      (error) => {
        const code = error.code === "EADDRINUSE" ? "MERIDIAN_PORTINUSE" : "MERIDIAN_LISTEN";
        return new GatewayError(code, { host, port, reason: error.code ?? error.message }, error);
      },
    );
    return (server.address() as AddressInfo).port;
  }

  private async openUnix({ path, permissions = UNIX_PERMISSIONS_DEFAULT }: UnixSocketSettings): Promise<void> {
    await clearUnixSocket(path);
    const server = this.newServer("plain");
    await listening(
      server,
      () => {
        server.listen({ path, backlog: gatewayLimits.backlog });
        // The file is there when `listen` returns; nobody is let in before this turn of the event loop is over.
        if (server.listening) chmodSync(path, Number.parseInt(permissions, 8));
      },
      (error) => new GatewayError("MERIDIAN_UNIXSOCKET", { path, reason: error.code ?? error.message }, error),
    );
  }

  private newServer(kind: DoorKind): Server {
    const { keepAliveMs } = this.limits;
    const server = createServer(
      {
        noDelay: true,
        keepAlive: keepAliveMs > 0,
        keepAliveInitialDelay: keepAliveMs,
        allowHalfOpen: true,
        pauseOnConnect: this.pauseOnConnect,
      },
      (socket) => this.admit(socket, kind),
    );
    this.servers.push(server);
    return server;
  }

  private admit(socket: Socket, kind: DoorKind): void {
    if (this.taker.connections < this.limits.clientsMax) {
      this.taker.take(socket, kind);
      return;
    }
    this.refused++;
    socket.on("error", () => socket.destroy());
    if (kind === "plain") socket.write(errorReply("maxClients"));
    socket.destroySoon();
  }
}

function listening(
  server: Server,
  listen: () => void,
  explain: (error: NodeJS.ErrnoException) => Error,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(explain(error as NodeJS.ErrnoException));
    server.once("error", fail);
    try {
      listen();
    } catch (error) {
      fail(error);
    }
    server.once("listening", () => {
      server.off("error", fail);
      server.on("error", () => undefined); // of single connections: they are gone, and that is all
      resolve();
    });
  });
}
