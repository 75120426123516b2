/**
 * Origins: who stamped an operation. `<region>~<incarnation>`, the incarnation being the time at which a server
 * process first wrote for the region, in base 36: it grows, and so later incarnations compare greater as text.
 */
import { host } from "../host.js";

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";
const WIDTH = 8;

/** The incarnation for a process that starts writing at this Unix time. */
export function incarnationAt(ms: number): string {
  let text = "";
  let rest = ms;
  for (let place = 0; place < WIDTH; place++) {
    const digit = rest % 36;
    text = DIGITS.substring(digit, digit + 1) + text;
    rest = (rest - digit) / 36;
  }
  return text;
}

export function originOf(region: string, incarnation: string): string {
  return `${region}~${incarnation}`;
}

/** The part before `~`; the whole text where there is none. */
export function regionOf(origin: string): string {
  const at = origin.indexOf("~");
  return at < 0 ? origin : origin.substring(0, at);
}

/** Unix time in milliseconds at which the incarnation began. */
export function incarnationMs(origin: string): number {
  return host.toNumber(origin.substring(origin.indexOf("~") + 1), 36);
}
