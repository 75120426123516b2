/**
 * A client's connection to one of the servers. It is read only while a reply of it is the next one that the client gets, so replies
 * come in the order of the commands whichever server they are from, and what a client does not take waits in the server.
 */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { gatewayLimits } from "../limits.js";
import type { ServerAddress } from "../server-connection.js";
import { ReplyEnds } from "./reply-ends.js";

export interface SideListener {
  /** There are bytes in `side.takeBytes()`. */
  onBytes(side: RelaySide): void;
  onDrain(side: RelaySide): void;
  onClosed(side: RelaySide): void;
}

export class RelaySide {
  readonly ends = new ReplyEnds();
  /** Replies that it owes, those that are not for the client too. */
  owed = 0;
  failure = "connection closed";
  /** It was reached: what was written may have been done. */
  reached = false;
  closed = false;
  private bytes: Buffer | undefined;
  private readonly socket: Socket;
  private readonly timer: NodeJS.Timeout;

  constructor(
    readonly address: ServerAddress,
    listener: SideListener,
  ) {
    this.socket = open(address);
    this.timer = setTimeout(() => {
      if (!this.reached) this.socket.destroy(new Error("connection timed out"));
    }, gatewayLimits.connectMsMax);
    this.socket.on(address.tls === true ? "secureConnect" : "connect", () => {
      this.reached = true;
      clearTimeout(this.timer);
    });
    this.socket.on("data", (chunk: Buffer) => {
      this.bytes = this.bytes === undefined ? chunk : Buffer.concat([this.bytes, chunk]);
      listener.onBytes(this);
    });
    this.socket.on("drain", () => listener.onDrain(this));
    this.socket.on("error", (error: NodeJS.ErrnoException) => (this.failure = error.code ?? error.message));
    this.socket.on("close", () => {
      clearTimeout(this.timer);
      this.closed = true;
      listener.onClosed(this);
    });
  }

  get full(): boolean {
    return this.socket.writableNeedDrain;
  }

  /** Bytes that it is the turn of; what is left over comes back with `giveBack`. */
  takeBytes(): Buffer | undefined {
    const { bytes } = this;
    this.bytes = undefined;
    return bytes;
  }

  giveBack(bytes: Buffer): void {
    this.bytes = bytes.length === 0 ? undefined : bytes;
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  listen(on: boolean): void {
    if (on) this.socket.resume();
    else this.socket.pause();
  }

  /** Nothing is heard of it any more. */
  destroy(): void {
    this.socket.destroy();
  }
}

function open({ host, port, path, tls }: ServerAddress): Socket {
  if (tls === true) return connectTls({ host, port, servername: host });
  return connectTcp(path === undefined ? { host, port, noDelay: true, keepAlive: true } : { path });
}
