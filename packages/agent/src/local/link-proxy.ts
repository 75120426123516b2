/**
 * The emulated WAN of one ordered pair of regions: the sending agent dials this instead of the receiver. Half of the
 * round trip is added in each direction.
 *
 * A cut delivers nothing and accepts nothing: what is on its way is lost and both ends see their connections reset, as
 * when a firewall drops a path; new ones are reset at once. A mend works for the next connection.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { agentLimits } from "../limits.js";
import type { LinkEmulation, LinksRequest } from "../admin/index.js";
import { DelayPipe } from "./delay-pipe.js";
import { lossDelayMs } from "./loss.js";

type AddedDelay = Pick<LinkEmulation, "delayMs" | "lossPercent">;

export interface LinkProxyOptions {
  rttMs: number;
  /** Where the receiver listens now; undefined while it is away. */
  target: () => { host: string; port: number } | undefined;
  bytesMax?: number;
  /** Of which packets are lost; default Math.random. */
  random?: () => number;
}

export class LinkProxy {
  private isUp = true;
  private readonly added: AddedDelay = { delayMs: 0, lossPercent: 0 };
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly options: LinkProxyOptions,
  ) {
    server.on("connection", (socket) => this.accept(socket));
  }

  static async start(options: LinkProxyOptions): Promise<LinkProxy> {
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: "127.0.0.1", port: 0 }, resolve);
    });
    return new LinkProxy(server, options);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }
  get rttMs(): number {
    return this.options.rttMs;
  }
  get up(): boolean {
    return this.isUp;
  }
  get connections(): number {
    return this.sockets.size / 2;
  }
  get state(): LinkEmulation {
    return { up: this.isUp, rttMs: this.options.rttMs, ...this.added };
  }

  /** Delay and loss hold at once, also on connections that are there. */
  set({ up, delayMs, lossPercent }: Pick<LinksRequest, "up" | "delayMs" | "lossPercent">): void {
    if (delayMs !== undefined) this.added.delayMs = delayMs;
    if (lossPercent !== undefined) this.added.lossPercent = lossPercent;
    if (up === undefined) return;
    this.isUp = up;
    if (!up) this.resetAll();
  }

  /** One way, of what comes in now. */
  private delayOf(bytes: number): number {
    const roundTripMs = this.options.rttMs + this.added.delayMs;
    const random = this.options.random ?? Math.random;
    return roundTripMs / 2 + lossDelayMs(bytes, { ...this.added, roundTripMs, random });
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.resetAll();
    await closed;
  }

  private resetAll(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
    this.sockets.clear();
  }

  private accept(client: Socket): void {
    const target = this.options.target();
    if (!this.isUp || target === undefined) {
      client.on("error", () => undefined); // it is being reset
      client.resetAndDestroy();
      return;
    }
    const server = connect({ ...target, noDelay: true, allowHalfOpen: true });
    const delayMs = (bytes: number): number => this.delayOf(bytes);
    const bytesMax = this.options.bytesMax ?? agentLimits.wanBytesMax;
    const pipes = [new DelayPipe(client, server, delayMs, bytesMax), new DelayPipe(server, client, delayMs, bytesMax)];
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on("error", () => undefined); // "close" follows, and ends both
      socket.once("close", (hadError) => {
        this.sockets.delete(socket);
        const other = socket === client ? server : client;
        if (!hadError && socket.readableEnded && socket.writableFinished) return; // each side has ended in order
        for (const pipe of pipes) pipe.stop();
        other.destroy();
      });
    }
  }
}
