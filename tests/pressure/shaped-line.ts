/**
 * A line between two agents that carries so many bits a second, and loses packets as TCP lets its users see it: nothing is
 * missing and nothing comes in another order, but a lost packet holds up all that follows until it was sent again.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { seededRandom, type SeededRandom, testSeed } from "@meridian/testkit";

export interface Shape {
  readonly bytesPerSecond?: number;
  /** Of packets; each retransmission may be lost, too. */
  readonly lossRate?: number;
}

const PACKET_BYTES = 1460;
/** Of Linux: the first retransmission by timer, doubled by each that is lost as well. */
const RETRANSMIT_MS = 200;
/** Most losses are noticed by what came after them, a round trip later, and not by the timer. */
const QUICK_MS = 20;
const QUICK_RATE = 0.9;

export class ShapedLine {
  readonly random: SeededRandom = seededRandom(testSeed());
  /** Connections that were made through it. */
  connections = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly target: number,
    private readonly shape: Shape,
  ) {
    server.on("connection", (socket) => this.accept(socket));
  }

  static async start(target: number, shape: Shape): Promise<ShapedLine> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    server.unref();
    return new ShapedLine(server, target, shape);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private accept(client: Socket): void {
    this.connections++;
    const server = connect({ port: this.target, host: "127.0.0.1", noDelay: true });
    for (const socket of [client, server]) {
      socket.unref();
      this.sockets.add(socket);
      socket.on("error", () => undefined); // the other one is closed with it
      socket.on("close", () => {
        client.destroy();
        server.destroy();
        this.sockets.delete(socket);
      });
    }
    void this.carry(client, server);
    void this.carry(server, client);
  }

  /** One packet after the other; what is not carried yet waits in the sender. */
  private async carry(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        for (let at = 0; at < chunk.length; at += PACKET_BYTES) {
          const packet = chunk.subarray(at, at + PACKET_BYTES);
          const waitMs = this.transferMs(packet.length);
          if (waitMs > 0) await delay(waitMs);
          if (!to.write(packet)) await new Promise((resolve) => to.once("drain", resolve).once("close", resolve));
        }
      }
      to.end();
    } catch {
      to.destroy();
    }
  }

  private transferMs(bytes: number): number {
    const { bytesPerSecond, lossRate = 0 } = this.shape;
    let ms = bytesPerSecond === undefined ? 0 : (bytes / bytesPerSecond) * 1000;
    if (this.random.chance(lossRate)) {
      ms += this.random.chance(QUICK_RATE) ? QUICK_MS : RETRANSMIT_MS;
      for (let again = RETRANSMIT_MS * 2; this.random.chance(lossRate); again *= 2) ms += again;
    }
    return ms;
  }
}
