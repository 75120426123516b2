/** Sorted sets: single members, with Redis's replies, order of checks and errors. */
import type { Reply } from "@meridian/core";
import { doubleText, parseDouble } from "./doubles.js";
import { errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { int64, int64Max } from "./numbers.js";
import { SortedSet, type ScoredMember } from "./sorted-set.js";
import { combineCommands } from "./zset-combine-commands.js";
import { zsetErrors } from "./zset-errors.js";
import { popCommands } from "./zset-pop-commands.js";
import { rangeCommands } from "./zset-range-commands.js";
import { zscan } from "./zset-scan.js";
import { flatReply, removePlaces, zsetOf } from "./zset-value.js";

const addWords = ["NX", "XX", "GT", "LT", "CH", "INCR"];

function parseAdd(args: string[], increment: boolean): { words: Set<string>; added: ScoredMember[] } {
  const words = new Set(increment ? ["INCR"] : []);
  let at = 0;
  while (addWords.includes((args[at] ?? "").toUpperCase())) words.add((args[at++] ?? "").toUpperCase());
  const pairs = args.slice(at);
  if (pairs.length === 0 || pairs.length % 2 !== 0) refuse(errorTexts.syntax);
  if (words.has("NX") && words.has("XX")) refuse(zsetErrors.addConflict);
  if (["NX", "GT", "LT"].filter((word) => words.has(word)).length > 1) refuse(zsetErrors.addGreaterLess);
  if (words.has("INCR") && pairs.length > 2) refuse(zsetErrors.addOnePair);
  const added: ScoredMember[] = [];
  for (let pair = 0; pair < pairs.length; pair += 2) {
    const score = parseDouble(pairs[pair] ?? "") ?? refuse(errorTexts.notFloat);
    added.push({ member: pairs[pair + 1] ?? "", score });
  }
  return { words, added };
}

/** The score that the options let the member have; undefined where they leave all as it is. */
function nextScore(words: Set<string>, before: number | undefined, score: number): number | undefined {
  if (before === undefined) return words.has("XX") ? undefined : score;
  if (words.has("NX")) return undefined;
  const next = words.has("INCR") ? before + score : score;
  if (Number.isNaN(next)) refuse(zsetErrors.scoreNotNumber);
  return (words.has("LT") && next >= before) || (words.has("GT") && next <= before) ? undefined : next;
}

export function zadd(keyspace: ModelKeyspace, [key = "", ...args]: string[], increment: boolean): Reply {
  const { words, added } = parseAdd(args, increment);
  let [created, updated] = [0, 0];
  let result: number | undefined;
  const present = keyspace.read(key, "zset")?.set;
  // Only an increment may still be refused: it is one pair, and is asked before the value is touched.
  const first = added[0];
  if (present && first && words.has("INCR")) nextScore(words, present.scoreOf(first.member), first.score);
  if (present || !words.has("XX")) {
    const { set } = keyspace.editOrCreate(key, "zset", { type: "zset", set: new SortedSet() });
    for (const { member, score } of added) {
      const before = set.scoreOf(member);
      result = nextScore(words, before, score);
      if (result === undefined) continue;
      set.put(member, result);
      if (before === undefined) created++;
      else if (before !== result) updated++;
    }
    keyspace.removeIfEmpty(key);
  }
  if (words.has("INCR")) return result === undefined ? false : doubleText(result);
  return words.has("CH") ? created + updated : created;
}

function zrem(keyspace: ModelKeyspace, [key = "", ...gone]: string[]): Reply {
  const set = keyspace.edit(key, "zset")?.set;
  if (!set) return 0;
  const removed = gone.filter((member) => set.delete(member)).length;
  keyspace.removeIfEmpty(key);
  return removed;
}

function rankOf(reverse: boolean): Command {
  return [
    3,
    (keyspace, [key = "", member = ""]) => {
      const set = zsetOf(keyspace, key);
      const rank = set.rankOf(member);
      if (rank === undefined) return false;
      return reverse ? set.size - 1 - rank : rank;
    },
  ];
}

function scoreReply(set: SortedSet, member: string): Reply {
  const score = set.scoreOf(member);
  return score === undefined ? false : doubleText(score);
}

/** `count` different members at random; all of them come in their order. */
function pick(keyspace: ModelKeyspace, set: SortedSet, count: number): ScoredMember[] {
  if (count >= set.size) return [...set.members];
  const left = [...set.members];
  return Array.from({ length: count }, () => left.splice(Math.floor(keyspace.random() * left.length), 1)).flat();
}

function zrandmember(keyspace: ModelKeyspace, [key = "", countText, word, ...rest]: string[]): Reply {
  if (countText === undefined) return pick(keyspace, zsetOf(keyspace, key), 1)[0]?.member ?? false;
  const count = int64(countText);
  if (count < -int64Max) refuse(zsetErrors.randomCount);
  if (rest.length > 0 || (word !== undefined && word.toUpperCase() !== "WITHSCORES")) refuse(errorTexts.syntax);
  if (word !== undefined && (count > int64Max / 2n || count < -int64Max / 2n)) refuse(zsetErrors.outOfRange);
  const set = zsetOf(keyspace, key);
  const picked =
    count >= 0n
      ? pick(keyspace, set, Number(count))
      : Array.from({ length: set.size === 0 ? 0 : Number(-count) }, () => pick(keyspace, set, 1)).flat();
  return flatReply(picked, word !== undefined);
}

function zremrangebyrank(keyspace: ModelKeyspace, [key = "", firstText = "", lastText = ""]: string[]): Reply {
  const [first, last] = [Number(int64(firstText)), Number(int64(lastText))];
  const { size } = zsetOf(keyspace, key);
  const from = Math.max(0, first < 0 ? size + first : first);
  const to = Math.min(size, (last < 0 ? size + last : last) + 1);
  return removePlaces(keyspace, key, from, to).length;
}

export const zsetCommands: Record<string, Command> = {
  ZADD: [-4, (keyspace, args) => zadd(keyspace, args, false)],
  ZINCRBY: [4, (keyspace, args) => zadd(keyspace, args, true)],
  ZREM: [-3, zrem],
  ZREMRANGEBYRANK: [4, zremrangebyrank],
  ZCARD: [2, (keyspace, [key = ""]) => zsetOf(keyspace, key).size],
  ZSCORE: [3, (keyspace, [key = "", member = ""]) => scoreReply(zsetOf(keyspace, key), member)],
  ZMSCORE: [
    -3,
    (keyspace, [key = "", ...members]) => {
      const set = zsetOf(keyspace, key);
      return members.map((member) => scoreReply(set, member));
    },
  ],
  ZRANK: rankOf(false),
  ZREVRANK: rankOf(true),
  ZRANDMEMBER: [-2, zrandmember],
  ZSCAN: [-3, zscan],
  ...popCommands,
  ...rangeCommands,
  ...combineCommands,
};
