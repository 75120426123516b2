/** What the commands on sorted sets have in common: reading the set, and replies of members with scores. */
import type { Reply } from "@meridian/core";
import { doubleText } from "./doubles.js";
import type { ModelKeyspace } from "./model-keyspace.js";
import { SortedSet, type ScoredMember } from "./sorted-set.js";

const none = new SortedSet();

/** For reading only; empty where there is none. */
export function zsetOf(keyspace: ModelKeyspace, key: string): SortedSet {
  return keyspace.read(key, "zset")?.set ?? none;
}

export function flatReply(items: readonly ScoredMember[], withScores: boolean): Reply {
  if (!withScores) return items.map(({ member }) => member);
  return items.flatMap(({ member, score }) => [member, doubleText(score)]);
}

/** Puts a result in place of what the key held; answers how many it has. */
export function storeZset(keyspace: ModelKeyspace, key: string, items: readonly ScoredMember[]): Reply {
  keyspace.remove(key);
  if (items.length > 0) keyspace.put(key, { type: "zset", set: SortedSet.of(items) }, 0);
  return items.length;
}

/** Removes members from one place up to, not with, another, of a set that is there. */
export function removePlaces(keyspace: ModelKeyspace, key: string, from: number, to: number): ScoredMember[] {
  if (from >= to) return [];
  const gone = keyspace.edit(key, "zset")?.set.deleteRange(from, to) ?? [];
  keyspace.removeIfEmpty(key);
  return gone;
}
