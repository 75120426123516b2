/**
 * A digest of texts in no order: the sum, modulo 2^48, of a number that the SHA-1 of each text gives. The same texts give the
 * same tally, in whatever order and in however many pieces they come, and tallies of parts add up to that of the whole. It
 * finds faults, and is no defence against somebody who makes texts to fit.
 */
import { host } from "../host.js";

const MODULUS = 281474976710656;
const HEX_DIGITS = 12;

export function textTally(text: string): number {
  return host.hexNumber(host.sha1hex(text).substring(0, HEX_DIGITS));
}

export function sumOf(left: number, right: number): number {
  const total = left + right;
  return total < MODULUS ? total : total - MODULUS;
}

/** 7 bytes, big endian. */
export function tallyText(tally: number): string {
  return host.packStamp(tally);
}
