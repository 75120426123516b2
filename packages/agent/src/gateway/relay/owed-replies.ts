/** What a client is owed, in the order of its commands: by which server, or by the gateway itself. */
import type { RelaySide } from "./relay-side.js";

export interface Owed {
  /** Undefined: `own` is the reply. */
  readonly side: RelaySide | undefined;
  own?: Buffer;
  count: number;
  /** Not for the client. */
  readonly swallowed: boolean;
  /** May take as long as the client wants to wait. */
  readonly long: boolean;
  /** Once its reply has begun, with the byte that it began with. */
  readonly onBegun?: ((type: number) => void) | undefined;
}

export class OwedReplies {
  private readonly queue: Owed[] = [];
  private first = 0;
  /** Bytes of replies of the gateway's own. */
  ownBytes = 0;

  get head(): Owed | undefined {
    return this.queue[this.first];
  }

  get length(): number {
    return this.queue.length - this.first;
  }

  /** By the server; without `how` the client gets it as it is. */
  push(side: RelaySide, how: Partial<Pick<Owed, "swallowed" | "long" | "onBegun">> = {}): void {
    side.owed++;
    const { swallowed = false, long = false, onBegun } = how;
    const last = this.length === 0 ? undefined : this.queue.at(-1);
    if (
      last?.side === side &&
      last.swallowed === swallowed &&
      last.long === long &&
      last.onBegun === undefined &&
      onBegun === undefined
    ) {
      last.count++;
      return;
    }
    this.queue.push({ side, count: 1, swallowed, long, onBegun });
  }

  pushOwn(reply: Buffer): void {
    this.queue.push({ side: undefined, own: reply, count: 1, swallowed: false, long: false });
    this.ownBytes += reply.length;
  }

  /** One reply of the head is done. */
  consume(): void {
    const { head } = this;
    if (head === undefined) return;
    if (head.side !== undefined) head.side.owed--;
    this.ownBytes -= head.own?.length ?? 0;
    head.count--;
    if (head.count > 0) return;
    this.first++;
    if (this.first < 64 && this.first < this.queue.length) return;
    this.queue.splice(0, this.first);
    this.first = 0;
  }

  /** Commands that the server owes replies to, but for those that may take long. */
  shortOf(side: RelaySide): number {
    let count = 0;
    for (let at = this.first; at < this.queue.length; at++) {
      const owed = this.queue[at] as Owed;
      if (owed.side === side && !owed.long) count += owed.count;
    }
    return count;
  }

  /** The server will not answer any more: in its place the client gets this. */
  answerFor(side: RelaySide, reply: Buffer): void {
    for (let at = this.first; at < this.queue.length; at++) {
      const owed = this.queue[at] as Owed;
      if (owed.side !== side) continue;
      const own = owed.swallowed ? Buffer.alloc(0) : Buffer.concat(Array.from({ length: owed.count }, () => reply));
      this.queue[at] = { side: undefined, own, count: 1, swallowed: false, long: false };
      this.ownBytes += own.length;
    }
    side.owed = 0;
  }
}
