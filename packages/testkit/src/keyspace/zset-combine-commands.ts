/** Union, intersection and difference of sorted sets and sets (of score 1), with weights and ways to add up. */
import type { Reply } from "@meridian/core";
import { rangeInt64 } from "./arguments.js";
import { parseDouble } from "./doubles.js";
import { errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { int64 } from "./numbers.js";
import type { ScoredMember } from "./sorted-set.js";
import { noInputKey, zsetErrors } from "./zset-errors.js";
import { flatReply, storeZset } from "./zset-value.js";

type Operation = "union" | "intersection" | "difference";
type Aggregate = "SUM" | "MIN" | "MAX";

interface Input {
  members: readonly ScoredMember[];
  scoreOf: (member: string) => number | undefined;
  weight: number;
}

interface Options {
  aggregate: Aggregate;
  withScores: boolean;
  /** 0 is none. */
  limit: number;
}

/** What a command takes besides keys. */
interface Form {
  operation: Operation;
  storing?: boolean;
  counting?: boolean;
}

function inputOf(keyspace: ModelKeyspace, key: string): Input {
  const value = keyspace.slot(key)?.value;
  if (!value) return { members: [], scoreOf: () => undefined, weight: 1 };
  if (value.type === "zset") {
    return { members: value.set.members, scoreOf: (member) => value.set.scoreOf(member), weight: 1 };
  }
  if (value.type !== "set") return refuse(errorTexts.wrongType);
  const members = [...value.members].map((member) => ({ member, score: 1 }));
  return { members, scoreOf: (member) => (value.members.has(member) ? 1 : undefined), weight: 1 };
}

/** Reads the options, and sets the weights of the inputs. */
function parseOptions(args: string[], inputs: Input[], { operation, storing, counting }: Form): Options {
  const options: Options = { aggregate: "SUM", withScores: false, limit: 0 };
  const isWeighed = operation !== "difference" && !counting;
  for (let at = 0; at < args.length; at++) {
    const word = (args[at] ?? "").toUpperCase();
    const left = args.length - at - 1;
    if (word === "WEIGHTS" && isWeighed && left >= inputs.length) {
      for (const input of inputs) input.weight = parseDouble(args[++at] ?? "") ?? refuse(zsetErrors.weight);
    } else if (word === "AGGREGATE" && isWeighed && left >= 1) {
      const way = (args[++at] ?? "").toUpperCase();
      if (way !== "SUM" && way !== "MIN" && way !== "MAX") return refuse(errorTexts.syntax);
      options.aggregate = way;
    } else if (word === "WITHSCORES" && !storing && !counting) options.withScores = true;
    else if (word === "LIMIT" && counting && left >= 1) {
      options.limit = Number(rangeInt64(args[++at] ?? "", 0n, zsetErrors.limitNegative));
    } else refuse(errorTexts.syntax);
  }
  return options;
}

/** Infinities that cancel each other out, or times zero, make 0. */
function numberOr0(score: number): number {
  return Number.isNaN(score) ? 0 : score;
}

function aggregated(way: Aggregate, score: number, other: number): number {
  if (way === "SUM") return numberOr0(score + other);
  return (way === "MIN" ? other < score : other > score) ? other : score;
}

function intersection(inputs: readonly Input[], { aggregate, limit }: Options): ScoredMember[] {
  const [first, ...others] = inputs;
  const found: ScoredMember[] = [];
  for (const { member, score } of first?.members ?? []) {
    const scores = others.map((other) => other.scoreOf(member));
    if (scores.includes(undefined)) continue;
    let sum = numberOr0((first?.weight ?? 1) * score);
    others.forEach((other, at) => (sum = aggregated(aggregate, sum, other.weight * (scores[at] ?? 0))));
    found.push({ member, score: sum });
    if (found.length === limit) break;
  }
  return found;
}

function union(inputs: readonly Input[], { aggregate }: Options): ScoredMember[] {
  const scores = new Map<string, number>();
  for (const { members, weight } of inputs) {
    for (const { member, score } of members) {
      const before = scores.get(member);
      const weighed = numberOr0(weight * score);
      scores.set(member, before === undefined ? weighed : aggregated(aggregate, before, weighed));
    }
  }
  return [...scores].map(([member, score]) => ({ member, score }));
}

function difference([first, ...others]: readonly Input[]): ScoredMember[] {
  return (first?.members ?? []).filter(({ member }) => others.every((other) => other.scoreOf(member) === undefined));
}

function combine(inputs: readonly Input[], operation: Operation, options: Options): ScoredMember[] {
  if (operation === "difference") return difference(inputs);
  // Redis begins with the smallest, and sums of doubles depend on the order.
  const smallestFirst = inputs.toSorted((left, right) => left.members.length - right.members.length);
  return operation === "union" ? union(smallestFirst, options) : intersection(smallestFirst, options);
}

/** By score and bytes, as a result is shown; unlike a stored one it may hold -0. */
function inOrder(items: ScoredMember[]): ScoredMember[] {
  return items.toSorted((left, right) => {
    if (left.score !== right.score) return left.score < right.score ? -1 : 1;
    return left.member < right.member ? -1 : 1;
  });
}

function combined(form: Form): Command {
  return [
    form.storing ? -4 : -3,
    (keyspace, args, name): Reply => {
      const [countText = "", ...others] = form.storing ? args.slice(1) : args;
      const keyCount = Number(int64(countText));
      if (keyCount < 1) refuse(noInputKey(name));
      if (keyCount > others.length) refuse(errorTexts.syntax);
      const inputs = others.slice(0, keyCount).map((key) => inputOf(keyspace, key));
      const options = parseOptions(others.slice(keyCount), inputs, form);
      const found = combine(inputs, form.operation, options);
      if (form.counting) return found.length;
      return form.storing ? storeZset(keyspace, args[0] ?? "", found) : flatReply(inOrder(found), options.withScores);
    },
  ];
}

export const combineCommands: Record<string, Command> = {
  ZUNION: combined({ operation: "union" }),
  ZINTER: combined({ operation: "intersection" }),
  ZDIFF: combined({ operation: "difference" }),
  ZUNIONSTORE: combined({ operation: "union", storing: true }),
  ZINTERSTORE: combined({ operation: "intersection", storing: true }),
  ZDIFFSTORE: combined({ operation: "difference", storing: true }),
  ZINTERCARD: combined({ operation: "intersection", counting: true }),
};
