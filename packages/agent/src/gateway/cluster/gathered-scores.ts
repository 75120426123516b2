/**
 * ZUNION, ZINTER, ZDIFF and ZINTERCARD (and the options of SINTERCARD) over members and scores that were read one key after the other; as
 * the server computes it: the smallest key first, for sums of doubles depend on their order, and what is no number counts as 0.
 */
import type { CommandView } from "./command-view.js";

/** `text`: the score as the server writes it. */
export interface Scored {
  readonly member: string;
  readonly text: string;
}

export interface ScoredOptions {
  readonly weights: readonly number[];
  readonly aggregate: Aggregate;
  readonly withScores: boolean;
  readonly limit: number;
}

type Aggregate = "sum" | "min" | "max";

const AGGREGATES: readonly string[] = ["sum", "min", "max"];
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)inf(inity)?$/i;
const FIRST_KEY = 2;

/** Undefined: they are not understood. */
export function scoredOptions(name: string, given: CommandView, keys: number): ScoredOptions | undefined {
  if (!/^\d+$/.test(given.text(1)) || Number(given.text(1)) !== keys) return undefined;
  let weights: readonly number[] = Array.from({ length: keys }, () => 1);
  let aggregate: Aggregate = "sum";
  let withScores = false;
  let limit = Infinity;
  const counts = name.endsWith("card");
  for (let at = FIRST_KEY + keys; at < given.count; at++) {
    const word = given.word(at);
    if (word === "withscores" && !counts) {
      withScores = true;
    } else if (word === "limit" && counts && /^\d{1,15}$/.test(given.word(at + 1))) {
      const most = Number(given.word(++at));
      limit = most === 0 ? Infinity : most;
    } else if (word === "aggregate" && isAggregating(name) && AGGREGATES.includes(given.word(at + 1))) {
      aggregate = given.word(++at) as Aggregate;
    } else if (word === "weights" && isAggregating(name) && at + keys < given.count) {
      const numbers = Array.from({ length: keys }, (_, index) => numberOf(given.text(at + 1 + index)));
      if (!numbers.every((number) => number !== undefined)) return undefined;
      weights = numbers;
      at += keys;
    } else {
      return undefined;
    }
  }
  return { weights, aggregate, withScores, limit };
}

function isAggregating(name: string): boolean {
  return name === "zunion" || name === "zinter";
}

function numberOf(text: string): number | undefined {
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  return NUMBER.test(text) ? Number(text) : undefined;
}

interface Source {
  readonly weight: number;
  readonly scores: ReadonlyMap<string, number>;
}

/** In the order of their scores; of equal ones in the order of their bytes. */
export function combinedScores(
  name: string,
  keys: readonly (readonly Scored[])[],
  { weights, aggregate }: ScoredOptions,
): Scored[] {
  const [first = []] = keys;
  if (name === "zdiff") {
    const others = new Set(keys.slice(1).flatMap((key) => key.map(({ member }) => member)));
    return first.filter(({ member }) => !others.has(member));
  }
  const texts = new Map<number, string>();
  const sources: Source[] = keys.map((key, at) => {
    const scores = new Map<string, number>();
    for (const { member, text } of key) {
      const score = numberOf(text) ?? 0;
      texts.set(score, text);
      scores.set(member, score);
    }
    return { weight: weights[at] ?? 1, scores };
  });
  const sorted = sources.toSorted((one, other) => one.scores.size - other.scores.size);
  const found = name === "zunion" ? unionOf(sorted, aggregate) : intersectionOf(sorted, aggregate);
  return [...found]
    .toSorted(([member, score], [otherMember, other]) => {
      if (score !== other) return score < other ? -1 : 1;
      return member < otherMember ? -1 : 1;
    })
    .map(([member, score]) => ({ member, text: (score === 0 ? undefined : texts.get(score)) ?? textOfScore(score) }));
}

function unionOf(sources: readonly Source[], aggregate: Aggregate): Map<string, number> {
  const found = new Map<string, number>();
  for (const { weight, scores } of sources) {
    for (const [member, score] of scores) {
      const before = found.get(member);
      const value = orZero(weight * score);
      found.set(member, before === undefined ? value : together(before, value, aggregate));
    }
  }
  return found;
}

function intersectionOf([smallest, ...others]: readonly Source[], aggregate: Aggregate): Map<string, number> {
  const found = new Map<string, number>();
  for (const [member, score] of smallest?.scores ?? []) {
    if (!others.every(({ scores }) => scores.has(member))) continue;
    let value = orZero((smallest?.weight ?? 1) * score);
    for (const { weight, scores } of others) {
      value = together(value, weight * (scores.get(member) ?? 0), aggregate);
    }
    found.set(member, value);
  }
  return found;
}

/** As zunionInterAggregate of the server. */
function together(one: number, other: number, aggregate: Aggregate): number {
  if (aggregate === "sum") return orZero(one + other);
  if (aggregate === "min") return other < one ? other : one;
  return other > one ? other : one;
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

/** The shortest text that is this number. A server of 7.0 writes 17 digits, which are the same number. */
function textOfScore(score: number): string {
  if (score === Infinity) return "inf";
  if (score === -Infinity) return "-inf";
  return Object.is(score, -0) ? "-0" : String(score);
}
