/** Taking members off the ends of sorted sets. What blocks does not: it answers as inside MULTI. */
import type { Reply } from "@meridian/core";
import { parseMultiplePop, parseTimeout, rangeInt64 } from "./arguments.js";
import { doubleText } from "./doubles.js";
import { errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import type { ScoredMember } from "./sorted-set.js";
import { flatReply, removePlaces } from "./zset-value.js";

type End = "MIN" | "MAX";

/** Removes up to `count` members from an end, in the order in which they come off. */
function take(keyspace: ModelKeyspace, key: string, end: End, count: number): ScoredMember[] {
  const size = keyspace.read(key, "zset")?.set.size ?? 0;
  const from = end === "MIN" ? 0 : Math.max(0, size - count);
  const taken = removePlaces(keyspace, key, from, Math.min(size, from + count));
  return end === "MIN" ? taken : taken.toReversed();
}

function popped(end: End): Command {
  return [
    -2,
    (keyspace, [key = "", countText, ...rest]) => {
      if (rest.length > 0) refuse(errorTexts.syntax);
      const count = countText === undefined ? 1n : rangeInt64(countText, 0n, errorTexts.notPositive);
      return flatReply(take(keyspace, key, end, Number(count)), true);
    },
  ];
}

function firstPresent(keyspace: ModelKeyspace, keys: readonly string[]): string | undefined {
  return keys.find((key) => keyspace.read(key, "zset"));
}

function blockingPop(end: End): Command {
  return [
    -3,
    (keyspace, args) => {
      parseTimeout(args.at(-1) ?? "");
      const key = firstPresent(keyspace, args.slice(0, -1));
      return key === undefined ? false : [key, ...take(keyspace, key, end, 1).flatMap(memberAndScore)];
    },
  ];
}

function memberAndScore({ member, score }: ScoredMember): [string, string] {
  return [member, doubleText(score)];
}

function zmpop(keyspace: ModelKeyspace, args: string[], blocking: boolean): Reply {
  const { keys, end, count } = parseMultiplePop(blocking ? args.slice(1) : args, ["MIN", "MAX"]);
  if (blocking) parseTimeout(args[0] ?? "");
  const key = firstPresent(keyspace, keys);
  return key === undefined ? false : [key, take(keyspace, key, end, count).map(memberAndScore)];
}

export const popCommands: Record<string, Command> = {
  ZPOPMIN: popped("MIN"),
  ZPOPMAX: popped("MAX"),
  BZPOPMIN: blockingPop("MIN"),
  BZPOPMAX: blockingPop("MAX"),
  ZMPOP: [-4, (keyspace, args) => zmpop(keyspace, args, false)],
  BZMPOP: [-5, (keyspace, args) => zmpop(keyspace, args, true)],
};
