/** A TCP proxy that can be cut, mended and slowed: the network between two agents, in tests. */
import { connect, createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private isCut = false;
  /** Changes what passes from the dialled side to the one that dialled. */
  corrupt: ((bytes: Buffer) => Buffer) | undefined;
  bytes = 0;

  private constructor(
    private readonly server: Server,
    private readonly targetPort: number,
    private readonly delayMs: number,
  ) {}

  static async start(targetPort: number, delayMs = 0): Promise<TcpProxy> {
    const server = createServer({ noDelay: true });
    const proxy = new TcpProxy(server, targetPort, delayMs);
    server.on("connection", (socket) => proxy.accept(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async cut(): Promise<void> {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
    await Promise.resolve();
  }

  mend(): void {
    this.isCut = false;
  }

  /** Connections stay, and nothing passes any more. */
  freeze(): void {
    for (const socket of this.sockets) socket.pause();
  }

  async stop(): Promise<void> {
    await this.cut();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private accept(near: Socket): void {
    if (this.isCut) {
      near.destroy();
      return;
    }
    const far = connect({ port: this.targetPort, host: "127.0.0.1", noDelay: true });
    this.relay(near, far, (bytes) => bytes);
    this.relay(far, near, (bytes) => this.corrupt?.(bytes) ?? bytes);
  }

  private relay(from: Socket, to: Socket, change: (bytes: Buffer) => Buffer): void {
    this.sockets.add(from);
    from.on("data", (bytes) => {
      this.bytes += bytes.length;
      const changed = change(bytes);
      if (this.delayMs === 0) {
        if (to.write(changed)) return;
        from.pause();
        to.once("drain", () => from.resume());
      } else setTimeout(() => to.write(changed), this.delayMs);
    });
    const end = (): void => {
      this.sockets.delete(from);
      if (this.delayMs === 0) to.destroy();
      else setTimeout(() => to.destroy(), this.delayMs);
    };
    from.on("error", end);
    from.on("close", end);
  }
}
