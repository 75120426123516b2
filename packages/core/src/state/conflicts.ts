/**
 * Where conflicts are remembered: how many there were of each kind, and which keys may hold losers.
 *
 * A conflict is noted where a remote write meets what its author had not seen: a register beside another (by type), or
 * one type beside another ("clash"). `<root>:cf` counts them; `<root>:ck` names the keys, and may name some whose losers
 * have been written over since: the listing looks, and drops those. A key that is gone is dropped at once.
 */
import { host, integerOf, type Reply } from "../host.js";
import { conflictCountsKey, conflictKeysKey } from "./names.js";
import type { Partition } from "./partition.js";

export type ConflictKind = "string" | "hash" | "zset" | "list" | "stream" | "clash";

export function noteConflict(partition: Partition, key: string, kind: ConflictKind): void {
  host.call("HINCRBY", conflictCountsKey(partition.root), kind, "1");
  if (host.call("SADD", conflictKeysKey(partition.root), key) === 1) partition.conflictKeys++;
}

/** The key holds no loser any more. */
export function dropConflict(partition: Partition, key: string): void {
  if (partition.conflictKeys === 0) return;
  if (host.call("SREM", conflictKeysKey(partition.root), key) === 1) partition.conflictKeys--;
}

const PAGE_MAX = 1000;

/** conflicts cursor count: [next cursor ("0": the end), [key ...], [kind, how many so far, ...]] */
export function listConflicts(partition: Partition, args: string[]): Reply {
  const count = integerOf(args[2] ?? "");
  if (!(integerOf(args[1] ?? "") >= 0) || !(count > 0)) {
    return { err: "MERIDIAN_BADCONFLICTS conflicts takes a cursor and a number of keys" };
  }
  const page = count < PAGE_MAX ? count : PAGE_MAX;
  const keys = host.call("SSCAN", conflictKeysKey(partition.root), args[1]!, "COUNT", page) as [string, string[]];
  return [keys[0], keys[1], host.call("HGETALL", conflictCountsKey(partition.root))];
}
