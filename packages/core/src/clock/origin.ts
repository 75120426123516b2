/**
 * Origins: who stamped an operation. `<region>~<incarnation>`: the time at which a server process first wrote for the
 * region, in base 36, so that later incarnations compare greater as text; then a mark of the process, so that two that
 * began in the same millisecond, or by a clock that was set back, are never taken for one.
 */
import { host } from "../host.js";

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";
const TIME_WIDTH = 8;
const MARK_WIDTH = 4;

/** The incarnation of the process with this run id that starts writing at this Unix time. */
export function incarnationAt(ms: number, runId: string): string {
  let text = "";
  let rest = ms;
  for (let place = 0; place < TIME_WIDTH; place++) {
    const digit = rest % 36;
    text = DIGITS.substring(digit, digit + 1) + text;
    rest = (rest - digit) / 36;
  }
  return text + host.sha1hex(runId).substring(0, MARK_WIDTH);
}

export function originOf(region: string, incarnation: string): string {
  return `${region}~${incarnation}`;
}

/** The part before `~`; the whole text where there is none. */
export function regionOf(origin: string): string {
  const at = origin.indexOf("~");
  return at < 0 ? origin : origin.substring(0, at);
}

const TAG_BYTES = 4;

/** Bytes that stand for the origin where its text would be too long: the same everywhere, unlike its index. */
export function tagOf(origin: string): string {
  const digest = host.sha1hex(origin);
  let tag = "";
  for (let at = 0; at < TAG_BYTES * 2; at += 2) {
    tag = tag + String.fromCharCode(host.toNumber(digest.substring(at, at + 2), 16));
  }
  return tag;
}

/** Unix time in milliseconds at which the incarnation began. */
export function incarnationMs(origin: string): number {
  const from = origin.indexOf("~") + 1;
  return host.toNumber(origin.substring(from, from + TIME_WIDTH), 36);
}

/** By the index of an origin, in any partition: the two bytes by which dots name it. */
export const marks: string[] = [""];
