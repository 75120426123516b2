/**
 * Expiry across regions.
 *
 * Every region lets a key expire natively at the same absolute time. That it did is logged as X, an observed-remove,
 * so that a write made elsewhere in the last moment ends the same way everywhere: before a local write to the key,
 * before a remote operation on it takes effect here, and by `sweep` for keys that nobody touches.
 *
 * A session touched elsewhere must live on: where a remote X removes a value whose ruling deadline was set here and
 * not seen by the X, this region writes the value again (P), counters as plain values so that they don't double.
 */
import { host, integerOf, type Packed, type Reply } from "../host.js";
import { regionOf } from "../clock/origin.js";
import { stampMs } from "../clock/stamp.js";
import { keyResetsOf } from "../effects/clear.js";
import { sweepMarks } from "../effects/stream-marks.js";
import { eachBucket, eachKeyOf } from "../state/buckets.js";
import { hasPassed, isExpired, kindsOf, loadFrom, loadKey, peek, type KeyState } from "../state/key-state.js";
import { kindOf } from "../state/kind.js";
import { bucketAt } from "../state/bucket-names.js";
import type { Partition } from "../state/partition.js";
import { covers } from "../types/cell.js";
import { authorAt } from "../sync/declared.js";
import type { Entry } from "./entry.js";
import { namesNoKey, type Author, type Operation } from "./operation.js";
import { beginUnit, commit, expireKey, perform } from "./unit.js";

/** After this long any region removes what the region that wrote it should have removed. */
const GRACE_MS = 60000;

/** Logs the expiry of every key that the operations are about to touch and whose time has passed. */
export function expireBefore(partition: Partition, operations: Operation[]): void {
  for (const operation of operations) {
    if (namesNoKey(operation)) continue;
    if (operation[0] === "Z") {
      expireAll(partition);
      continue;
    }
    const stored = peek(partition, operation[1] as string);
    if (stored === false || isEverlasting(stored)) continue;
    const state = loadKey(partition, operation[1] as string);
    if (isExpired(partition, state)) logExpiry(partition, state);
  }
}

function expireAll(partition: Partition): void {
  eachBucket(partition, (bucket) => expireBucket(partition, bucket));
}

/** Logs the expiry of every key of the bucket whose time has passed. */
export function expireBucket(partition: Partition, bucket: string): void {
  eachKeyOf(bucket, (key, stored) => {
    if (isEverlasting(stored)) return;
    const state = loadFrom(partition, key, bucket, stored);
    if (isExpired(partition, state)) logExpiry(partition, state);
  });
}

function logExpiry(partition: Partition, state: KeyState): void {
  const unit = beginUnit(partition);
  expireKey(unit, state);
  commit(unit);
}

/**
 * Before a remote X takes effect: writes the value again where a deadline set here rules it and the X had not seen it.
 * This P has not seen the X, nor what else its entry holds, so it is logged before the vector moves. Where the author
 * goes on to write a value over the key, as far as this call shows it, there is nothing to bring back.
 */
export function reviveBefore(partition: Partition, entries: Entry[], place: number, author: Author): void {
  const { operations } = entries[place]!;
  for (let at = 0; at < operations.length; at++) {
    const operation = operations[at]!;
    if (operation[0] !== "X") continue;
    const state = loadKey(partition, operation[1] as string);
    const expirer = authorAt(partition, author, entries[place]!, at);
    if (!rulesUnseen(partition, state, expirer) || isWrittenAfter(entries, place, at, state.key)) continue;
    const unit = beginUnit(partition);
    const resets = keyResetsOf(partition, state, "");
    perform(unit, ["P", state.key, state.shown, shownValue(state), state.nativeDeadline, resets]);
    noteRevival(partition, state.key, unit.author.stamp);
    commit(unit);
  }
}

const REVIVED_MAX = 10000;

/** Keys that this process revived, and the stamp of it; the latest ones. */
export interface Revivals {
  readonly stamps: Record<string, number | undefined>;
  count: number;
}

/**
 * Value and deadline of the P have one dot: an X that did not see it takes neither. Without this it would be revived again,
 * and where a clock is ahead that ends in an X again, and so on. Forgotten, it costs one revival.
 */
function noteRevival(partition: Partition, key: string, stamp: number): void {
  if (partition.revivals === undefined || partition.revivals.count >= REVIVED_MAX) {
    partition.revivals = { stamps: {}, count: 0 };
  }
  partition.revivals.stamps[key] = stamp;
  partition.revivals.count++;
}

/** True where an operation after the one at `at` puts a whole value in the key, in its entry or a later one. */
function isWrittenAfter(entries: Entry[], place: number, at: number, key: string): boolean {
  for (let index = place; index < entries.length; index++) {
    const { operations } = entries[index]!;
    for (let next = index === place ? at + 1 : 0; next < operations.length; next++) {
      const code = operations[next]![0];
      if (operations[next]![1] === key && (code === "S" || code === "A" || code === "P")) return true;
    }
  }
  return false;
}

/** True where the ruling deadline is one that this region set and the author had not seen. */
function rulesUnseen(partition: Partition, state: KeyState, author: Author): boolean {
  if (state.shown === "" || (state.nativeDeadline > 0 && state.nativeDeadline <= partition.now)) return false;
  for (const { stamp, origin, at } of state.deadlines) {
    if (
      at === state.nativeDeadline &&
      regionOf(partition.origins[origin]!) === partition.deployment.region &&
      !covers(author.context, stamp, origin) &&
      !(origin === partition.own && partition.revivals?.stamps[state.key] === stamp)
    ) {
      return true;
    }
  }
  return false;
}

/** The native value of a key, in the form a P carries. */
export function shownValue(state: KeyState): Packed {
  if (state.shown !== "s" && state.shown !== "") return kindOf(state.shown).read(state.key);
  const text = host.call("GET", state.key);
  return typeof text === "string" ? text : "";
}

/** sweep cursor count: visits `count` buckets; [next cursor, keys removed], "0" where the cycle is done. */
export function sweep(partition: Partition, args: string[]): Reply {
  const from = integerOf(args[1] ?? "");
  const count = integerOf(args[2] ?? "");
  if (!(from >= 0) || !(count > 0)) return { err: "MERIDIAN_BADSWEEP sweep takes a cursor and a number of buckets" };
  const { buckets } = partition;
  const to = from + count < buckets ? from + count : buckets;
  if (partition.deployment.closed === "left") return ["0", 0];
  if (from === 0) sweepMarks(partition);
  let removed = 0;
  for (let index = from; index < to; index++) {
    const bucket = bucketAt(partition, index);
    eachKeyOf(bucket, (key, stored) => {
      if (isEverlasting(stored)) return;
      const state = loadFrom(partition, key, bucket, stored);
      if (!isDue(partition, state)) return;
      logExpiry(partition, state);
      removed++;
    });
  }
  return [to === buckets ? "0" : host.integerText(to), removed];
}

/** True where the metadata says without a closer look that there is no deadline. */
function isEverlasting(stored: string): boolean {
  const form = stored.substring(0, 1);
  return form !== "X" && form !== "G" && form !== "K";
}

/**
 * True where this region should log the key's end: its time has passed, or only deadlines are left of it. The region
 * that wrote the ruling dot does so at once; the others wait, so that one entry, not one a region, says it. Deadlines of a
 * key without value go in no other way: a write that had not seen one may arrive however late, and ends alike everywhere.
 */
function isDue(partition: Partition, state: KeyState): boolean {
  if (state.shown === "" ? kindsOf(state) > 0 : !hasPassed(partition, state)) return false;
  if (state.nativeDeadline > 0 && state.nativeDeadline + GRACE_MS <= partition.now) return true;
  let newest = 0;
  for (const dots of [state.cell.registers, state.deadlines, state.weakDeadlines]) {
    for (const { stamp, origin } of dots) {
      if (regionOf(partition.origins[origin]!) === partition.deployment.region) return true;
      if (stamp > newest) newest = stamp;
    }
  }
  return state.shown === "" && stampMs(newest) + GRACE_MS <= partition.now;
}
