/**
 * MERIDIAN.TOKEN: where this region stands, which is not before all that the client wrote. MERIDIAN.WAIT token ms: 1 as soon as
 * this region holds what the token names, 0 when the time is over. They read, and need no right but to be let in.
 */
import { decodeToken } from "@meridian/core";
import type { CommandArguments } from "../commands/command-arguments.js";
import { errorReply } from "../errors.js";
import { gatewayLimits } from "../limits.js";
import type { TokenWaitAnswer } from "../region-service.js";
import { admission, type RegionCommand, type SlotsWritten } from "./region-wait.js";

const MILLISECONDS = /^(0|[1-9]\d{0,8})$/;
const TAKE = "meridian.token";
const HELD = Buffer.from(":1\r\n");
const NOT_HELD = Buffer.from(":0\r\n");

/** What is wrong with it; undefined: nothing. */
export function tokenProblemOf(given: CommandArguments): Buffer | undefined {
  const command = given.word(0);
  if (given.count !== (command === TAKE ? 1 : 3)) return errorReply("arity", { command });
  if (command === TAKE) return undefined;
  if (decodeToken(given.text(1)) === undefined) return errorReply("badToken");
  const max = gatewayLimits.tokenWaitMsMax;
  const ms = given.text(2);
  return MILLISECONDS.test(ms) && Number(ms) <= max ? undefined : errorReply("badTokenWait", { max });
}

/** Undefined where something is wrong with it. */
export function tokenCommandOf(given: CommandArguments): RegionCommand | undefined {
  if (tokenProblemOf(given) !== undefined) return undefined;
  const failed = (reason: string): Buffer => errorReply("standingUnknown", { reason });
  const probe = admission(given.word(0));
  if (given.word(0) === TAKE)
    return { probe, failed, answer: async (region, _signal, slots) => bulkOf(await region.token(namedSlots(slots))) };
  const request = { token: given.text(1), timeoutMs: Number(given.text(2)) };
  return { probe, failed, answer: async (region, signal) => replyOf(await region.waitForToken(request, signal)) };
}

function namedSlots(slots: SlotsWritten): readonly number[] | undefined {
  if (slots !== "many") return slots;
  throw new Error(`this connection wrote in more than ${gatewayLimits.tokenSlotsMax} hash slots: use several`);
}

function replyOf({ holds, lost, isForeign }: TokenWaitAnswer): Buffer {
  if (holds) return HELD;
  if (isForeign === true) return errorReply("badToken");
  return lost === undefined ? NOT_HELD : errorReply("tokenLost", { origin: lost });
}

function bulkOf(text: string): Buffer {
  return Buffer.from(`$${text.length}\r\n${text}\r\n`);
}
