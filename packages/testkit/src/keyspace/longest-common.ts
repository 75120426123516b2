/** LCS: the longest common subsequence of two strings, its length or the ranges in which they agree. */
import type { Reply } from "@meridian/core";
import { errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { int64 } from "./numbers.js";

interface Options {
  length: boolean;
  indexes: boolean;
  withLength: boolean;
  leastLength: number;
}

interface Match {
  left: number;
  right: number;
  length: number;
}

function parseOptions(args: string[]): Options {
  const options: Options = { length: false, indexes: false, withLength: false, leastLength: 0 };
  for (let at = 0; at < args.length; at++) {
    const word = (args[at] ?? "").toUpperCase();
    const next = args[at + 1];
    if (word === "IDX") options.indexes = true;
    else if (word === "LEN") options.length = true;
    else if (word === "WITHMATCHLEN") options.withLength = true;
    else if (word === "MINMATCHLEN" && next !== undefined) {
      options.leastLength = Math.max(0, Number(int64(next)));
      at++;
    } else refuse(errorTexts.syntax);
  }
  if (options.indexes && options.length) refuse(errorTexts.commonBoth);
  return options;
}

/** Lengths of the longest common subsequences of all beginnings of the two. */
function lengthsOf(left: string, right: string): number[][] {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, () => 0)];
  for (let at = 1; at <= left.length; at++) {
    const above = rows[at - 1]!;
    const row = [0];
    for (let to = 1; to <= right.length; to++) {
      row.push(left[at - 1] === right[to - 1] ? above[to - 1]! + 1 : Math.max(above[to]!, row[to - 1]!));
    }
    rows.push(row);
  }
  return rows;
}

/** Runs of equal bytes in both, from the last to the first. */
function matchesOf(left: string, right: string, lengths: number[][]): Match[] {
  const matches: Match[] = [];
  let [at, to] = [left.length, right.length];
  while (at > 0 && to > 0) {
    if (left[at - 1] === right[to - 1]) {
      at--;
      to--;
      const run = matches.at(-1);
      if (run && run.left === at + 1 && run.right === to + 1)
        Object.assign(run, { left: at, right: to, length: run.length + 1 });
      else matches.push({ left: at, right: to, length: 1 });
    } else if (lengths[at - 1]![to]! > lengths[at]![to - 1]!) at--;
    else to--;
  }
  return matches;
}

function lcs(keyspace: ModelKeyspace, [leftKey = "", rightKey = "", ...args]: string[]): Reply {
  const values = [leftKey, rightKey].map((key) => keyspace.slot(key)?.value);
  const [left = "", right = ""] = values.map((value) => {
    return value && value.type !== "string" ? refuse(errorTexts.commonStrings) : value?.text;
  });
  const { length, indexes, withLength, leastLength } = parseOptions(args);
  const lengths = lengthsOf(left, right);
  const total = lengths[left.length]![right.length]!;
  if (length) return total;
  const matches = matchesOf(left, right, lengths);
  if (!indexes)
    return matches
      .reverse()
      .map((match) => left.slice(match.left, match.left + match.length))
      .join("");
  const shown = matches
    .filter((match) => match.length >= leastLength)
    .map((match): Reply => {
      const ranges = [match.left, match.right].map((start) => [start, start + match.length - 1]);
      return withLength ? [...ranges, match.length] : ranges;
    });
  return ["matches", shown, "len", total];
}

export const commonCommands: Record<string, Command> = {
  LCS: [-3, lcs],
};
