/** A client for tests that sends bytes as they are and keeps what comes back. */
import { connect, type Socket } from "node:net";

export interface RawClient {
  readonly socket: Socket;
  /** Latin1. */
  readonly received: string;
  readonly closed: boolean;
  send(bytes: string | Buffer): void;
  close(): void;
}

/** What comes is kept, unless `take` takes it. */
export function rawClient(port: number, take?: (chunk: Buffer) => void): RawClient {
  const socket = connect({ host: "127.0.0.1", port });
  const chunks: Buffer[] = [];
  let closed = false;
  socket.on("data", take ?? ((chunk: Buffer) => chunks.push(chunk)));
  socket.on("error", () => undefined); // a refused or reset connection shows as closed
  socket.on("close", () => (closed = true));
  return {
    socket,
    get received() {
      return Buffer.concat(chunks).toString("latin1");
    },
    get closed() {
      return closed;
    },
    send: (bytes) => socket.write(bytes),
    close: () => socket.destroy(),
  };
}

export function command(...parts: (string | Buffer)[]): Buffer {
  const pieces: Buffer[] = [Buffer.from(`*${parts.length}\r\n`)];
  for (const part of parts) {
    const bytes = typeof part === "string" ? Buffer.from(part, "latin1") : part;
    pieces.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n"));
  }
  return Buffer.concat(pieces);
}
