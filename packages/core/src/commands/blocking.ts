/**
 * Blocking commands. A function never waits: here they do what they do in a MULTI, and the gateway waits for its client
 * and asks again. Their timeouts are checked all the same.
 */
import { errors, refuse, type ErrorReply } from "../errors.js";
import { host } from "../host.js";
import { isNumberText, scoreOf } from "../number/score.js";

/** 2^63: a timeout of so many milliseconds overflows, and Redis takes it for a negative one. */
const MILLISECONDS_MAX = 9223372036854775808;

/** Redis's error where the timeout is none. */
export function timeoutRefused(timeout: string): ErrorReply | undefined {
  const seconds = secondsOf(timeout);
  if (seconds === undefined) return refuse(errors.timeoutNotFloat);
  const milliseconds = Math.ceil(seconds * 1000);
  return milliseconds < 0 || milliseconds >= MILLISECONDS_MAX ? refuse(errors.timeoutNegative) : undefined;
}

/** Redis reads a long double, so numbers too large or too small for a double are none the less numbers. */
function secondsOf(timeout: string): number | undefined {
  const score = scoreOf(timeout);
  if (score === "inf") return Infinity;
  if (score === "-inf") return -Infinity;
  if (score !== undefined) return host.toNumber(score, 10);
  const lower = timeout.toLowerCase();
  const sign = lower.substring(0, 1);
  const isNumber = isNumberText(sign === "+" || sign === "-" ? lower.substring(1) : lower);
  return isNumber ? host.toNumber(timeout, 10) : undefined;
}
