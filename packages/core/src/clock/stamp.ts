/**
 * Stamps: the hybrid logical clock in one integer.
 *
 * A stamp is `(ms - EPOCH_MS) * 4096 + seq`: below 2^53 until the year 2093, so it is exact as a Lua number, orders
 * with `<`, and packs into 7 bytes. The log stream's ids are the same number written as `<ms>-<seq>`; a sequence
 * that runs over carries into the milliseconds, as a hybrid logical clock may (Kulkarni et al., 2014).
 */
import { host } from "../host.js";

/** 2024-01-01T00:00:00Z. Part of the format: never changes. */
export const EPOCH_MS = 1704067200000;
const PER_MS = 4096;

/** The first stamp of a millisecond of Unix time. */
export function stampAt(ms: number): number {
  return (ms - EPOCH_MS) * PER_MS;
}

/** Unix time in milliseconds at which the stamp was (or will be) due. */
export function stampMs(stamp: number): number {
  return Math.floor(stamp / PER_MS) + EPOCH_MS;
}

/** The stream id `<ms>-<seq>` of a stamp. */
export function idOfStamp(stamp: number): string {
  const ms = Math.floor(stamp / PER_MS);
  return `${host.integerText(ms + EPOCH_MS)}-${host.integerText(stamp - ms * PER_MS)}`;
}
