/**
 * A line between two agents that can be cut, that carries so many bits a second, and that loses packets as TCP lets its users
 * see it: nothing is missing and nothing comes in another order, but a lost packet holds up all that follows until it was sent
 * again. A direction that is held carries nothing, and neither end is told: a line that is half open, or carries one way.
 */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { seededRandom, type SeededRandom, testSeed } from "@meridian/testkit";

export interface Shape {
  readonly bytesPerSecond?: number;
  /** Of packets; each retransmission may be lost, too. */
  readonly lossRate?: number;
}

/** As seen from who dialled. */
export type Direction = "out" | "in";

const PACKET_BYTES = 1460;
/** Of Linux: the first retransmission by timer, doubled by each that is lost as well. */
const RETRANSMIT_MS = 200;
/** Most losses are noticed by what came after them, a round trip later, and not by the timer. */
const QUICK_MS = 20;
const QUICK_RATE = 0.9;
const HELD_LOOK_MS = 10;

export class ShapedLine {
  shape: Shape;
  readonly held = new Set<Direction>();
  private readonly random: SeededRandom = seededRandom(testSeed());
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  private constructor(
    private readonly server: Server,
    private readonly target: number,
    shape: Shape,
  ) {
    this.shape = shape;
    server.on("connection", (socket) => this.accept(socket));
  }

  static async start(target: number, shape: Shape = {}): Promise<ShapedLine> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    server.unref();
    return new ShapedLine(server, target, shape);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Connections are reset, also new ones. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Whatever was wrong with it. */
  mend(): void {
    this.isCut = false;
    this.held.clear();
    this.shape = {};
  }

  private accept(client: Socket): void {
    if (this.isCut) {
      client.on("error", () => undefined); // it is being reset
      client.resetAndDestroy();
      return;
    }
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
    void this.carry(client, server, "out");
    void this.carry(server, client, "in");
  }

  /** One packet after the other; what is not carried yet waits in the sender. */
  private async carry(from: Socket, to: Socket, direction: Direction): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        for (let at = 0; at < chunk.length; at += PACKET_BYTES) {
          const packet = chunk.subarray(at, at + PACKET_BYTES);
          const waitMs = this.transferMs(packet.length);
          if (waitMs > 0) await delay(waitMs);
          while (this.held.has(direction) && !to.destroyed) await delay(HELD_LOOK_MS);
          if (!to.write(packet)) await Promise.race([once(to, "drain"), once(to, "close")]);
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
    if (lossRate > 0 && this.random.chance(lossRate)) {
      ms += this.random.chance(QUICK_RATE) ? QUICK_MS : RETRANSMIT_MS;
      for (let again = RETRANSMIT_MS * 2; this.random.chance(lossRate); again *= 2) ms += again;
    }
    return ms;
  }
}
