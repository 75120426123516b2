/** What a client is owed by several nodes, in the order of its commands: a reply goes out when those before it have. */
import { Fifo } from "./fifo.js";

export interface Owed {
  reply: Buffer | undefined;
}

export class ClientQueue {
  private readonly owed = new Fifo<Owed>();
  /** Replies that wait for others. */
  private readonly ready: Buffer[] = [];

  get length(): number {
    return this.owed.length;
  }

  owe(): Owed {
    const owed: Owed = { reply: undefined };
    this.owed.push(owed);
    return owed;
  }

  /** A message, which waits for nobody. */
  giveNow(message: Buffer): void {
    this.ready.push(message);
  }

  /** What can go out now. */
  take(): Buffer | undefined {
    const { owed, ready } = this;
    for (let head = owed.head; head?.reply !== undefined; head = owed.head) {
      ready.push(head.reply);
      owed.shift();
    }
    if (ready.length === 0) return undefined;
    const parts = ready.splice(0);
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }
}
