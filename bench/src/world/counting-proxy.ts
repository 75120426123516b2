/** What lies between two agents and counts: every byte that passes, both ways. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

export class CountingProxy {
  bytes = 0;
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  private constructor(
    private readonly server: Server,
    targetPort: number,
  ) {
    server.on("connection", (near) => {
      if (this.isCut) {
        near.destroy();
        return;
      }
      const far = connect({ host: "127.0.0.1", port: targetPort, noDelay: true });
      this.relay(near, far);
      this.relay(far, near);
    });
  }

  static async start(targetPort: number): Promise<CountingProxy> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
    return new CountingProxy(server, targetPort);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Closes all that is open, and what comes until the mend. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.cut();
    await closed;
  }

  private relay(from: Socket, to: Socket): void {
    this.sockets.add(from);
    from.on("data", (chunk: Buffer) => (this.bytes += chunk.length));
    from.pipe(to);
    from.on("error", () => undefined); // "close" follows
    from.on("close", () => {
      this.sockets.delete(from);
      to.destroy();
    });
  }
}
