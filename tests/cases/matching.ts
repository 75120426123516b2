/** Whether a reply is the one expected: exactly, in any order, as pairs in any order, or near a number. */
import type { Expected, Order, Part } from "./case.js";

/** As both kinds of regions give it: no status replies apart from texts, nil is null. */
export type Answer = string | number | null | { error: string } | Answer[];

export interface Wanted {
  reply: Expected;
  order?: Order;
  as?: Part;
  within?: number;
}

/** `passed`: how much less a time that is left may be than when the step was made. */
export function matches(whole: Answer, { reply, order, as, within }: Wanted, passed = 0): boolean {
  const answer = as === undefined ? whole : partOf(whole, as);
  if (within !== undefined) {
    if (typeof answer !== "number" || typeof reply !== "number") return false;
    return answer <= reply + within && answer >= reply - within - passed;
  }
  if (isError(reply)) return isError(answer) && answer.error.startsWith(reply.error);
  if (order === undefined) return JSON.stringify(answer) === JSON.stringify(reply);
  if (!Array.isArray(answer) || !Array.isArray(reply)) return false;
  return sorted(answer, order) === sorted(reply as Expected[], order);
}

function isError(reply: Expected | Answer): reply is { error: string } {
  return typeof reply === "object" && reply !== null && "error" in reply;
}

function sorted(items: readonly unknown[], order: Order): string {
  const size = order === "pairs" ? 2 : 1;
  const groups: string[] = [];
  for (let at = 0; at < items.length; at += size) groups.push(JSON.stringify(items.slice(at, at + size)));
  return groups.toSorted().join(" ");
}

/** XRANGE and XPENDING list entries, XREADGROUP lists them by stream; XINFO lists groups and consumers as flat pairs. */
function partOf(whole: Answer, part: Part): Answer {
  if (!Array.isArray(whole)) return part === "ids" && whole === null ? [] : whole;
  if (part === "names") return whole.map((row) => (Array.isArray(row) ? (row[1] ?? null) : row));
  return whole.flatMap((row): Answer[] => {
    if (!Array.isArray(row)) return [row];
    const [first = null, second] = row;
    const isStream = Array.isArray(second) && Array.isArray(second[0]);
    return isStream ? second.map((entry) => (Array.isArray(entry) ? (entry[0] ?? null) : entry)) : [first];
  });
}
