/** Ranges of sorted sets by place, score and bytes: how they are written, and which members they hold. */
import { doublePrefix } from "./doubles.js";
import { refuse } from "./errors.js";
import { int64 } from "./numbers.js";
import type { ScoredMember, SortedSet } from "./sorted-set.js";
import { zsetErrors } from "./zset-errors.js";

/** How many to leave out and how many to take at most; a negative count is all, a negative offset leaves out all. */
export interface Limit {
  offset: number;
  count: number;
}

export const noLimit: Limit = { offset: 0, count: -1 };

/** The members of the set in the range, in order or against it. */
export type Range = (set: SortedSet, reverse: boolean, limit: Limit) => readonly ScoredMember[];

export function rankRange(firstText: string, lastText: string): Range {
  const [first, last] = [Number(int64(firstText)), Number(int64(lastText))];
  return (set, reverse) => {
    const from = Math.max(0, first < 0 ? set.size + first : first);
    const to = Math.min(set.size, (last < 0 ? set.size + last : last) + 1);
    if (from >= to) return [];
    return reverse ? set.members.slice(set.size - to, set.size - from).toReversed() : set.members.slice(from, to);
  };
}

interface ScoreBound {
  score: number;
  exclusive: boolean;
}

/** As C reads it: blanks before the number, and nothing at all is 0. */
function scoreBound(text: string): ScoreBound {
  const exclusive = text.startsWith("(");
  const bare = exclusive ? text.slice(1) : text;
  const { value, length } = doublePrefix(bare);
  if (Number.isNaN(value) || (length < bare.length && bare[length] !== "\0")) refuse(zsetErrors.scoreRange);
  return { score: value, exclusive };
}

/** The places from and up to (not with) which the scores lie between the bounds. */
export function scorePlaces(minText: string, maxText: string): (set: SortedSet) => [from: number, to: number] {
  const [min, max] = [scoreBound(minText), scoreBound(maxText)];
  return (set) => {
    const from = set.firstNot(({ score }) => (min.exclusive ? score <= min.score : score < min.score));
    const to = set.firstNot(({ score }) => (max.exclusive ? score < max.score : score <= max.score));
    return [from, Math.max(from, to)];
  };
}

export function scoreRange(minText: string, maxText: string): Range {
  const placesOf = scorePlaces(minText, maxText);
  return (set, reverse, limit) => {
    const [from, to] = placesOf(set);
    const { offset, count } = limit;
    if (offset < 0) return [];
    const most = count < 0 ? set.size : count;
    if (!reverse) return set.members.slice(from + offset, Math.min(to, from + offset + most));
    const end = to - offset;
    return end <= from ? [] : set.members.slice(Math.max(from, end - most), end).toReversed();
  };
}

interface LexBound {
  /** "-" is before all members and "+" after them. */
  text: "-" | "+" | { member: string };
  exclusive: boolean;
}

function lexBound(text: string): LexBound {
  if (text === "-" || text === "+") return { text, exclusive: true };
  if (text.startsWith("(") || text.startsWith("[")) {
    return { text: { member: text.slice(1) }, exclusive: text.startsWith("(") };
  }
  return refuse(zsetErrors.lexRange);
}

/** Whether the member is before the bound, at it, or after it: -1, 0 or 1. */
function compareLex(member: string, { text }: LexBound): number {
  if (text === "-") return 1;
  if (text === "+") return -1;
  return member < text.member ? -1 : member > text.member ? 1 : 0;
}

/** A range of bytes is meant for sets of one score; in others Redis walks while members fit, and so does this. */
export function lexRange(minText: string, maxText: string): Range {
  const [min, max] = [lexBound(minText), lexBound(maxText)];
  const isEmpty = areEmpty(min, max);
  const fitsMin = ({ member }: ScoredMember): boolean => compareLex(member, min) >= (min.exclusive ? 1 : 0);
  const fitsMax = ({ member }: ScoredMember): boolean => compareLex(member, max) <= (max.exclusive ? -1 : 0);
  return (set, reverse, { offset, count }) => {
    const { members } = set;
    const [first, last] = [members[0], members.at(-1)];
    if (isEmpty || !first || !last || !fitsMin(last) || !fitsMax(first) || offset < 0) return [];
    const isOneScore = first.score === last.score;
    const start = reverse ? lastFitting(set, fitsMax, isOneScore) : firstFitting(set, fitsMin, isOneScore);
    const [step, fitsStart, fitsEnd] = reverse ? [-1, fitsMax, fitsMin] : [1, fitsMin, fitsMax];
    const found: ScoredMember[] = [];
    const begin = members[start];
    if (!begin || !fitsStart(begin) || !fitsEnd(begin)) return found;
    for (let at = start + step * offset; found.length !== count; at += step) {
      const item = members[at];
      if (!item || !fitsEnd(item)) break;
      found.push(item);
    }
    return found;
  };
}

function areEmpty(min: LexBound, max: LexBound): boolean {
  if (min.text === "+" || max.text === "-") return true;
  if (min.text === "-" || max.text === "+") return false;
  const order = compareLex(min.text.member, max);
  return order > 0 || (order === 0 && (min.exclusive || max.exclusive));
}

function firstFitting(set: SortedSet, fits: (item: ScoredMember) => boolean, isOneScore: boolean): number {
  return isOneScore ? set.firstNot((item) => !fits(item)) : set.members.findIndex(fits);
}

function lastFitting(set: SortedSet, fits: (item: ScoredMember) => boolean, isOneScore: boolean): number {
  return isOneScore ? set.firstNot(fits) - 1 : set.members.findLastIndex(fits);
}
