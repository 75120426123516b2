/** A connection that writes ready-made RESP and waits for a number of replies: cheap enough to drive a server fully. */
import { connect, type Socket } from "node:net";
import { BenchError, textOf } from "../errors.js";
import { ReplyCounter } from "./reply-counter.js";

interface Waiting {
  left: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

export class LoadConnection {
  private readonly counter = new ReplyCounter();
  private readonly waiting: Waiting[] = [];
  private failure: Error | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly port: number,
    private readonly onReply?: (reply: Buffer) => void,
  ) {
    socket.on("data", (chunk: Buffer) => this.receive(chunk));
    socket.on("error", (error) => this.fail(new BenchError("BENCH_LOADFAILED", { port, reason: error.message })));
    socket.on("close", () => this.fail(new BenchError("BENCH_LOADFAILED", { port, reason: "connection closed" })));
  }

  static open(port: number, onReply?: (reply: Buffer) => void): Promise<LoadConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, noDelay: true });
      const refused = (error: Error): void =>
        reject(new BenchError("BENCH_LOADFAILED", { port, reason: error.message }));
      socket.once("error", refused);
      socket.once("connect", () => {
        socket.off("error", refused);
        resolve(new LoadConnection(socket, port, onReply));
      });
    });
  }

  /** Resolves when so many replies to it have come; an error among them rejects. */
  send(commands: string | Buffer, replies: number): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.waiting.push({ left: replies, resolve, reject });
      this.socket.write(commands);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    try {
      const { replies, firstError } = this.counter.push(chunk, this.onReply);
      if (firstError !== undefined) {
        this.fail(new BenchError("BENCH_REPLYERROR", { reply: firstError }));
        this.socket.destroy();
        return;
      }
      this.settle(replies);
    } catch (error) {
      this.fail(new BenchError("BENCH_BADREPLY", { port: this.port, reason: textOf(error) }, error));
      this.socket.destroy();
    }
  }

  private settle(replies: number): void {
    let count = replies;
    while (count > 0) {
      const first = this.waiting[0];
      if (first === undefined) return;
      const taken = Math.min(count, first.left);
      first.left -= taken;
      count -= taken;
      if (first.left > 0) return;
      this.waiting.shift();
      first.resolve();
    }
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.failure);
  }
}
