/** Connections to the region's server: TCP, TLS or a unix socket. */
import { connect as connectTcp, Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { gatewayLimits } from "./limits.js";

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly tls?: boolean;
  /** A unix socket, which is used instead of host and port. */
  readonly path?: string;
}

export type ServerConnector = (onReply: (chunk: Buffer) => void) => Socket;

/** Undefined: no server is known to be the region's primary. */
export function serverAddressText(address: ServerAddress | undefined): string {
  if (address === undefined) return "an unknown place";
  return address.path ?? `${address.host}:${address.port}`;
}

/** The server that clients' connections go to: another one once the region's primary is another. */
export class Upstream {
  private connector: ServerConnector;

  constructor(private current: ServerAddress | undefined) {
    this.connector = connectorTo(current);
  }

  get text(): string {
    return serverAddressText(this.current);
  }

  /** False: it is the one that it was. */
  use(address: ServerAddress | undefined): boolean {
    if (JSON.stringify(address) === JSON.stringify(this.current)) return false;
    this.current = address;
    this.connector = connectorTo(address);
    return true;
  }

  readonly connect: ServerConnector = (onReply) => this.connector(onReply);
}

function connectorTo(address: ServerAddress | undefined): ServerConnector {
  return address === undefined ? () => nowhere() : serverConnector(address);
}

/** A connection that fails. */
function nowhere(): Socket {
  return new Socket().destroy(new Error("no server is known to be the primary"));
}

/**
 * Plain connections read into one buffer that all of them share: what is read has been dealt with (copied on) when
 * `onReply` returns, and no two reads happen at once.
 */
export function serverConnector(address: ServerAddress): ServerConnector {
  const { host, port, path } = address;
  if (address.tls === true) {
    return (onReply) => withTimeout(connectTls({ host, port, servername: host }).on("data", onReply));
  }
  const shared = Buffer.allocUnsafeSlow(gatewayLimits.readBytes);
  const place = path === undefined ? { host, port, noDelay: true, keepAlive: true } : { path };
  return (onReply) => {
    const callback = (bytesRead: number): boolean => {
      onReply(shared.subarray(0, bytesRead));
      return true;
    };
    return withTimeout(connectTcp({ ...place, onread: { buffer: shared, callback } }));
  };
}

function withTimeout<Connection extends Socket>(socket: Connection): Connection {
  const timer = setTimeout(() => {
    socket.destroy(Object.assign(new Error("connection timed out"), { code: "ETIMEDOUT" }));
  }, gatewayLimits.connectMsMax);
  const clear = (): void => clearTimeout(timer);
  socket.once("connect", clear).once("close", clear);
  return socket;
}
