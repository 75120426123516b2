/**
 * SORT and SORT_RO over lists, sets and sorted sets, with Redis's replies, order of checks and errors.
 *
 * Texts compare as bytes, which is what strcoll does in the C locale. Cases that a server leaves open: elements that
 * compare equal keep their order; BY without a pattern sorts a set by its members, as it does within scripts; a number
 * out of a double's range fails this SORT alone (Redis 7.0 may then fail others, as it does not clear errno).
 */
import { doublePrefix } from "./doubles.js";
import { errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { int64 } from "./numbers.js";

interface SortOptions {
  descending: boolean;
  alpha: boolean;
  skip: number;
  /** Negative = all. */
  count: number;
  by?: string;
  gets: string[];
  store?: string;
}

interface Weighted {
  element: string;
  /** Undefined where BY names nothing. */
  text?: string;
  score: number;
}

type Compare = (left: Weighted, right: Weighted) => number;

function parseOptions(args: string[], mayStore: boolean): SortOptions {
  const options: SortOptions = { descending: false, alpha: false, skip: 0, count: -1, gets: [] };
  for (let at = 0; at < args.length; at++) {
    const word = (args[at] ?? "").toUpperCase();
    const [next, second] = [args[at + 1], args[at + 2]];
    if (word === "ASC" || word === "DESC") options.descending = word === "DESC";
    else if (word === "ALPHA") options.alpha = true;
    else if (word === "LIMIT" && next !== undefined && second !== undefined) {
      options.skip = Math.max(0, Number(int64(next)));
      options.count = Number(int64(second));
      at += 2;
    } else if (["STORE", "BY", "GET"].includes(word) && next !== undefined && (word !== "STORE" || mayStore)) {
      if (word === "STORE") options.store = next;
      else if (word === "BY") options.by = next;
      else options.gets.push(next);
      at++;
    } else refuse(errorTexts.syntax);
  }
  return options;
}

/** The elements in the order that they have by themselves. */
function elementsOf(keyspace: ModelKeyspace, key: string): string[] {
  const value = keyspace.slot(key)?.value;
  switch (value?.type) {
    case undefined:
      return [];
    case "list":
      return value.items;
    case "set":
      return [...value.members];
    case "zset":
      // Redis converts the set for good, which its zeros show.
      keyspace.edit(key, "zset")?.set.unpack();
      return value.set.members.map(({ member }) => member);
    default:
      return refuse(errorTexts.wrongType);
  }
}

/** What a pattern names for an element: the text of a key or, after "->", of a hash's field. */
function lookUp(keyspace: ModelKeyspace, pattern: string, element: string): string | undefined {
  if (pattern === "#") return element;
  const [visible = ""] = pattern.split("\0", 1);
  const star = visible.indexOf("*");
  if (star < 0) return undefined;
  const arrow = visible.indexOf("->", star + 1);
  const hasField = arrow >= 0 && arrow + 2 < visible.length;
  const rest = hasField ? pattern.slice(star + 1, arrow) : pattern.slice(star + 1);
  const value = keyspace.slot(pattern.slice(0, star) + element + rest)?.value;
  if (hasField) return value?.type === "hash" ? value.fields.get(pattern.slice(arrow + 2)) : undefined;
  return value?.type === "string" ? value.text : undefined;
}

/** The number that strtod reads, up to a zero byte. */
function scoreOf(text: string): number {
  const [visible = ""] = text.split("\0", 1);
  const { value, length, outOfRange } = doublePrefix(visible);
  return length !== visible.length || outOfRange || Number.isNaN(value) ? refuse(errorTexts.sortScore) : value;
}

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** As strcoll, which ends at a zero byte. */
function collate(left: string, right: string): number {
  return compareTexts(left.split("\0", 1)[0] ?? "", right.split("\0", 1)[0] ?? "");
}

function comparison({ alpha, by, store }: SortOptions): Compare {
  const compare = store === undefined ? collate : compareTexts;
  if (!alpha) return (left, right) => left.score - right.score || compareTexts(left.element, right.element);
  if (by === undefined) return (left, right) => compare(left.element, right.element);
  return (left, right) => {
    if (left.text === undefined || right.text === undefined) {
      return Number(left.text !== undefined) - Number(right.text !== undefined);
    }
    return compare(left.text, right.text);
  };
}

function sorted(keyspace: ModelKeyspace, elements: string[], options: SortOptions): string[] {
  const { alpha, by } = options;
  const weighted = elements.map((element): Weighted => {
    const text = by === undefined ? element : lookUp(keyspace, by, element);
    return { element, ...(text !== undefined && { text }), score: alpha || text === undefined ? 0 : scoreOf(text) };
  });
  const compare = comparison(options);
  weighted.sort((left, right) => finite(options.descending ? compare(right, left) : compare(left, right)));
  return weighted.map(({ element }) => element);
}

/** The difference of two infinities of one sign is none. */
function finite(difference: number): number {
  return Number.isNaN(difference) ? 0 : difference;
}

/** The elements that BY, LIMIT and the direction leave, in their order. */
function chosen(keyspace: ModelKeyspace, key: string, options: SortOptions): string[] {
  const elements = elementsOf(keyspace, key);
  const isUnsorted = options.by !== undefined && !(options.by.split("\0", 1)[0] ?? "").includes("*");
  let all: string[];
  if (!isUnsorted) all = sorted(keyspace, elements, options);
  else if (keyspace.slot(key)?.value.type === "set") {
    const { by: _, ...others } = options;
    all = sorted(keyspace, elements, { ...others, alpha: true });
  } else all = options.descending ? elements.toReversed() : elements;
  return all.slice(options.skip, options.count < 0 ? all.length : options.skip + options.count);
}

function sort(mayStore: boolean): Command {
  return [
    -2,
    (keyspace, [key = "", ...args]) => {
      const options = parseOptions(args, mayStore);
      const { gets, store } = options;
      const elements = chosen(keyspace, key, options);
      const found = elements.flatMap((element): (string | undefined)[] => {
        return gets.length === 0 ? [element] : gets.map((pattern) => lookUp(keyspace, pattern, element));
      });
      if (store === undefined) return found.map((text) => text ?? false);
      keyspace.remove(store);
      if (found.length > 0) keyspace.put(store, { type: "list", items: found.map((text) => text ?? "") }, 0);
      return found.length;
    },
  ];
}

export const sortCommands: Record<string, Command> = {
  SORT: sort(true),
  SORT_RO: sort(false),
};
