/** The way of the servers' bytes: of each server as far as it is its turn, cut where replies end. */
import type { Socket } from "node:net";
import type { OwedReplies } from "./owed-replies.js";
import type { RelaySide } from "./relay-side.js";

const GREATER = 62;

export class ReplyGiver {
  constructor(
    private readonly owed: OwedReplies,
    private readonly toClient: (bytes: Buffer) => void,
  ) {}

  /** What is there of the replies that are next, until the client has enough. */
  give(client: Socket): void {
    const { owed } = this;
    for (let { head } = owed; head !== undefined && !client.writableNeedDrain; head = owed.head) {
      if (head.side === undefined) {
        if (head.own !== undefined && head.own.length > 0) this.toClient(head.own);
        owed.consume();
      } else if (!this.giveFrom(head.side)) {
        return;
      }
    }
  }

  /** Messages of RESP3, or a last word of the server. */
  giveUnasked(side: RelaySide): void {
    const bytes = side.takeBytes();
    if (bytes === undefined) return;
    let at = 0;
    while (at < bytes.length) at = side.ends.take(bytes, at, bytes.length);
    this.toClient(bytes);
  }

  /** False: it has nothing more for now. */
  private giveFrom(side: RelaySide): boolean {
    const { owed } = this;
    const bytes = side.takeBytes();
    if (bytes === undefined) return false;
    let at = 0;
    let from = 0;
    for (let { head } = owed; at < bytes.length && head?.side === side; head = owed.head) {
      const begins = side.ends.done;
      const start = at;
      at = side.ends.take(bytes, at, bytes.length);
      const isMessage = side.ends.type === GREATER;
      if (begins && !isMessage) head.onBegun?.(side.ends.type);
      if (head.swallowed && !isMessage) {
        if (start > from) this.toClient(bytes.subarray(from, start));
        from = at;
      }
      if (side.ends.done && !isMessage) owed.consume();
    }
    if (at > from) this.toClient(bytes.subarray(from, at));
    side.giveBack(bytes.subarray(at));
    return true;
  }
}
