/**
 * Where conflicts are remembered: how many there were of each kind, and which keys may hold losers.
 *
 * A conflict is noted where a remote write meets what its author had not seen: a register beside another (by type), or
 * one type beside another ("clash"). `<root>:cf` counts them; `<root>:ck` names the keys, and may name some whose losers
 * have been written over since: the listing looks, and drops those. A key that is gone is dropped at once. `<root>:cr` counts
 * what resolvers settled (commands/conflict-command.ts).
 */
import { host, integerOf, type Reply } from "../host.js";
import type { Register } from "../types/cell.js";
import { tellConflict } from "./conflict-notices.js";
import { conflictCountsKey, conflictKeysKey, resolversKey } from "./names.js";
import type { Partition } from "./partition.js";

export type ConflictKind = "string" | "hash" | "zset" | "list" | "stream" | "clash";

/** `part`: the field, member, place or id. `registers`: all that are beside each other now, with their values. */
export function noteConflict(
  partition: Partition,
  key: string,
  kind: ConflictKind,
  part: string,
  registers: Register[] | undefined,
): void {
  const number = host.call("HINCRBY", conflictCountsKey(partition.root), kind, "1") as number;
  if (host.call("SADD", conflictKeysKey(partition.root), key) === 1) partition.conflictKeys++;
  tellConflict(partition, key, kind, part, number, registers);
}

/**
 * A register joins the others of its place; their values are known. Where all are equal nothing lost, and so none is a
 * conflict: two regions that make the same of a conflict at once do not make another one.
 */
export function joinRegisters(
  partition: Partition,
  key: string,
  kind: ConflictKind,
  part: string,
  registers: Register[],
  added: Register,
): void {
  let differs = false;
  for (const { value } of registers) if (value !== added.value) differs = true;
  registers.push(added);
  if (differs) noteConflict(partition, key, kind, part, registers);
}

/** Of so many resolvers and versions it is counted. */
const RESOLVERS_MAX = 1000;

/** `resolver`: name and version. */
export function countResolved(partition: Partition, resolver: string): void {
  const key = resolversKey(partition.root);
  if (host.call("HEXISTS", key, resolver) === 0 && (host.call("HLEN", key) as number) >= RESOLVERS_MAX) return;
  host.call("HINCRBY", key, resolver, "1");
}

/** The key holds no loser any more. */
export function dropConflict(partition: Partition, key: string): void {
  if (partition.conflictKeys === 0) return;
  if (host.call("SREM", conflictKeysKey(partition.root), key) === 1) partition.conflictKeys--;
}

const PAGE_MAX = 1000;

/** conflicts cursor count: [next cursor ("0": the end), [key ...], [kind, how many so far, ...], [resolver and version, how many, ...]] */
export function listConflicts(partition: Partition, args: string[]): Reply {
  const count = integerOf(args[2] ?? "");
  if (!(integerOf(args[1] ?? "") >= 0) || !(count > 0)) {
    return { err: "MERIDIAN_BADCONFLICTS conflicts takes a cursor and a number of keys" };
  }
  const page = count < PAGE_MAX ? count : PAGE_MAX;
  const keys = host.call("SSCAN", conflictKeysKey(partition.root), args[1]!, "COUNT", page) as [string, string[]];
  return [
    keys[0],
    keys[1],
    host.call("HGETALL", conflictCountsKey(partition.root)),
    host.call("HGETALL", resolversKey(partition.root)),
  ];
}
