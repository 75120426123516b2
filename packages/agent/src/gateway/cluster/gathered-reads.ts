/**
 * Reads of several keys that lie in several slots. What the keys hold is read where they are, and put together here: each part is one step,
 * all together are not. Where keys lie and how large they are decides nothing but whether it is too much: more than
 * `gatheredBytesMax` is refused.
 *
 * Invariants
 * 1. The reply is the one that a lone server would give to the same values: its type, order and errors. Members of sets have no order.
 * 2. What is wrong with the arguments the server says itself: it is asked with each of the keys in the place of all.
 */
import { type CommandEntry, slotOfKey } from "@meridian/core";
import { CROSSSLOT } from "./call-head.js";
import type { Commander } from "./commander.js";
import type { CommandView } from "./command-view.js";
import { errorReply } from "../errors.js";
import { combinationOf, type Part } from "./gathered-combinations.js";
import { keysOf } from "./key-slots.js";
import { gatewayLimits } from "../limits.js";
import { isError } from "./reply-reader.js";

const WRONG_TYPE = "WRONGTYPE";

export class GatheredReads {
  constructor(private readonly commander: Commander) {}

  /** Its keys lie in several slots. */
  take(entry: CommandEntry, given: CommandView): void {
    const keys = keysOf(entry, given);
    const combination = combinationOf(entry.name, given, keys);
    if (combination === "refused") this.commander.owe()(CROSSSLOT);
    else if (combination === "misspelt") this.explain(given, keys);
    else this.ask(given, combination.parts, (replies) => replies.find(isError) ?? combination.join(replies));
  }

  private ask(given: CommandView, parts: readonly Part[], join: (replies: readonly Buffer[]) => Buffer): void {
    const give = this.commander.owe();
    const replies: Buffer[] = [];
    let left = parts.length;
    let bytes = 0;
    for (const [at, part] of parts.entries()) {
      const done = (reply: Buffer): void => {
        bytes += reply.length;
        // What is too much is let go at once.
        if (bytes <= gatewayLimits.gatheredBytesMax) replies[at] = reply;
        else replies.length = 0;
        if (--left > 0) return;
        give(bytes > gatewayLimits.gatheredBytesMax ? tooLarge(given) : join(replies));
      };
      this.commander.toSlot(slotOfKey(given.bytes(part.key)), bytesOf(part), { isRead: true, done });
    }
  }

  /** Some commands look at what the keys are before their options, so each is asked about. */
  private explain(given: CommandView, keys: readonly number[]): void {
    const parts = keys.map((key) => ({
      key,
      pieces: Array.from({ length: given.count }, (_, at) => given.piece(keys.includes(at) ? key : at, 1)),
    }));
    this.ask(given, parts, (replies) => {
      const refusals = replies.filter(isError);
      return (
        refusals.find((reply) => reply.toString("latin1", 1, WRONG_TYPE.length + 1) === WRONG_TYPE) ??
        refusals[0] ??
        CROSSSLOT
      );
    });
  }
}

function bytesOf({ pieces }: Part): Buffer[] {
  return [Buffer.from(`*${pieces.length}\r\n`), ...pieces];
}

function tooLarge(given: CommandView): Buffer {
  const command = given.word(0).toUpperCase();
  return errorReply("gatheredTooLarge", { command, bytes: gatewayLimits.gatheredBytesMax });
}
