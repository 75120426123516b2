/** Numbers in arguments and replies. 64-bit integers are text: a Lua number holds 53 bits of them. */
import { errors, refuse, type ErrorReply } from "../errors.js";
import { host, type Reply } from "../host.js";
import { addDecimals, isInt64Text, negateDecimal, parseDecimal } from "../number/decimal.js";

/** Digits that a Lua number holds exactly, whatever they are. */
const EXACT_DIGITS = 15;
/** Latest deadline that can be kept: the year 287396. Later ones are taken for it. */
export const DEADLINE_MAX = 9007199254740991;
/** A value that is written whole must fit, with what is logged around it, in one argument of a peer's server: 512 MB. */
export const VALUE_BYTES_MAX = 535822336;
const INT64_MAX = "9223372036854775807";
/** 2^63 / 1000, rounded down. */
const SECONDS_MAX = "9223372036854775";

/**
 * An integer reply. One that a Lua number can't hold goes out as a status of its digits, for a function has no other
 * way to reply 64 bits; the gateway turns it into the integer that it is.
 */
export function integerReply(text: string): Reply {
  return text.length <= EXACT_DIGITS ? host.toNumber(text, 10) : { ok: text };
}

/** A canonical 64-bit integer, as text; Redis's error where it is none. */
export function int64Argument(text: string): string | ErrorReply {
  return isInt64Text(text) ? text : refuse(errors.notInteger);
}

/** A small integer argument: one that a number holds exactly; larger ones are cut to +-2^53. */
export function countArgument(text: string): number | ErrorReply {
  if (!isInt64Text(text)) return refuse(errors.notInteger);
  const value = host.toNumber(text, 10);
  return value > DEADLINE_MAX ? DEADLINE_MAX : value < -DEADLINE_MAX ? -DEADLINE_MAX : value;
}

/** What an amount of time is as a deadline in Unix ms; undefined where it overflows 64 bits, as Redis checks it. */
export function deadlineOf(amount: string, isSeconds: boolean, baseMs: number): number | undefined {
  const negative = amount.substring(0, 1) === "-";
  const digits = negative ? amount.substring(1) : amount;
  if (isSeconds && isGreater(digits, SECONDS_MAX)) return undefined;
  const milliseconds = host.toNumber(amount, 10) * (isSeconds ? 1000 : 1);
  if (!negative && baseMs > 0) {
    const room = addDecimals(INT64_MAX, negateDecimal(host.integerText(baseMs)));
    const exact = isSeconds ? `${amount}000` : amount;
    if (isGreater(exact, room)) return undefined;
  }
  const deadline = milliseconds + baseMs;
  return deadline > DEADLINE_MAX ? DEADLINE_MAX : deadline;
}

/** Compares two digit strings without sign and leading zeros as numbers. */
function isGreater(left: string, right: string): boolean {
  return left.length === right.length ? left > right : left.length > right.length;
}

/** A float argument: its canonical decimal, "infinite", or undefined where it is none. */
export function floatArgument(text: string): string | undefined {
  const bare = text.length > 0 && (text.charCodeAt(0) === 45 || text.charCodeAt(0) === 43) ? text.substring(1) : text;
  const lower = bare.length <= 8 ? bare.toLowerCase() : bare;
  if (lower === "inf" || lower === "infinity") return INFINITE;
  return parseDecimal(text);
}

export const INFINITE = "infinite";
