/**
 * Blocking commands. A function never waits: here they do what they do in a MULTI, and the gateway waits for its client
 * and asks again. Their timeouts are checked all the same.
 */
import { errors, refuse, type ErrorReply } from "../errors.js";
import { parseDecimal } from "../number/decimal.js";

/** Redis's error where the timeout is none. */
export function timeoutRefused(timeout: string): ErrorReply | undefined {
  const seconds = parseDecimal(timeout);
  if (seconds === undefined) return refuse(errors.timeoutNotFloat);
  return seconds.substring(0, 1) === "-" ? refuse(errors.timeoutNegative) : undefined;
}
