/** Ranges of sorted sets: reading, counting, removing and storing them, with Redis's order of checks and errors. */
import type { Reply } from "@meridian/core";
import { errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { int64 } from "./numbers.js";
import { zsetErrors } from "./zset-errors.js";
import { lexRange, noLimit, rankRange, scorePlaces, scoreRange, type Limit, type Range } from "./zset-ranges.js";
import { flatReply, removePlaces, storeZset, zsetOf } from "./zset-value.js";

type By = "rank" | "score" | "lex";

interface RangeOptions {
  by: By;
  reverse: boolean;
  withScores: boolean;
  limit: Limit;
}

/** What the command's name fixes; the rest is for options to say. */
interface Fixed {
  by?: By;
  reverse?: boolean;
  storing?: boolean;
}

function parseRangeOptions(args: string[], fixed: Fixed): RangeOptions {
  let { by, reverse } = fixed;
  let withScores = false;
  let limit = noLimit;
  for (let at = 0; at < args.length; at++) {
    const word = (args[at] ?? "").toUpperCase();
    if (word === "WITHSCORES" && !fixed.storing) withScores = true;
    else if (word === "LIMIT" && at + 2 < args.length) {
      limit = { offset: Number(int64(args[at + 1] ?? "")), count: Number(int64(args[at + 2] ?? "")) };
      at += 2;
    } else if (word === "REV" && reverse === undefined) reverse = true;
    else if (word === "BYLEX" && by === undefined) by = "lex";
    else if (word === "BYSCORE" && by === undefined) by = "score";
    else refuse(errorTexts.syntax);
  }
  by ??= "rank";
  if (limit.count !== -1 && by === "rank") refuse(zsetErrors.rangeLimit);
  if (withScores && by === "lex") refuse(zsetErrors.rangeScores);
  return { by, reverse: reverse ?? false, withScores, limit };
}

const makeRange: Record<By, (min: string, max: string) => Range> = {
  rank: rankRange,
  score: scoreRange,
  lex: lexRange,
};

function zrange(fixed: Fixed): Command {
  return [
    fixed.storing ? -5 : -4,
    (keyspace, args) => {
      const [key = "", first = "", second = "", ...rest] = fixed.storing ? args.slice(1) : args;
      const { by, reverse, withScores, limit } = parseRangeOptions(rest, fixed);
      const isSwapped = reverse && by !== "rank";
      const range = isSwapped ? makeRange[by](second, first) : makeRange[by](first, second);
      const found = range(zsetOf(keyspace, key), reverse, limit);
      return fixed.storing ? storeZset(keyspace, args[0] ?? "", found) : flatReply(found, withScores);
    },
  ];
}

function zlexcount(keyspace: ModelKeyspace, [key = "", min = "", max = ""]: string[]): Reply {
  return lexRange(min, max)(zsetOf(keyspace, key), false, noLimit).length;
}

function zremrangebylex(keyspace: ModelKeyspace, [key = "", min = "", max = ""]: string[]): Reply {
  const range = lexRange(min, max);
  const set = zsetOf(keyspace, key);
  const found = range(set, false, noLimit);
  const from = set.rankOf(found[0]?.member ?? "") ?? 0;
  return removePlaces(keyspace, key, from, from + found.length).length;
}

export const rangeCommands: Record<string, Command> = {
  ZRANGE: zrange({}),
  ZRANGESTORE: zrange({ storing: true }),
  ZREVRANGE: zrange({ by: "rank", reverse: true }),
  ZRANGEBYSCORE: zrange({ by: "score", reverse: false }),
  ZREVRANGEBYSCORE: zrange({ by: "score", reverse: true }),
  ZRANGEBYLEX: zrange({ by: "lex", reverse: false }),
  ZREVRANGEBYLEX: zrange({ by: "lex", reverse: true }),
  ZCOUNT: [
    4,
    (keyspace, [key = "", min = "", max = ""]) => {
      const [from, to] = scorePlaces(min, max)(zsetOf(keyspace, key));
      return to - from;
    },
  ],
  ZLEXCOUNT: [4, zlexcount],
  ZREMRANGEBYSCORE: [
    4,
    (keyspace, [key = "", min = "", max = ""]) =>
      removePlaces(keyspace, key, ...scorePlaces(min, max)(zsetOf(keyspace, key))).length,
  ],
  ZREMRANGEBYLEX: [4, zremrangebylex],
};
