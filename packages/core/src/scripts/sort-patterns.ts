/**
 * BY and GET of SORT read other keys: each element in the place of the pattern's `*` makes a name. So a pattern that begins
 * as our keys do, or with nothing but `*`, reads one of them if there is an element that completes its name.
 */
import { host } from "../host.js";
import { ALL_ROOTS, isReserved } from "../state/reserved.js";

const FIRST_OPTION = 2;

/** True where SORT would look at a key that is ours: an element of what it sorts makes the name of one. */
export function reachesOwn(root: string, args: string[]): boolean {
  let elements: string[] | undefined;
  for (const pattern of patternsOf(args)) {
    const star = pattern.indexOf("*");
    if (star < 0 || !mayBeginOwn(root, pattern.substring(0, star))) continue;
    elements ??= elementsOf(args[1]!);
    const [before, after] = [pattern.substring(0, star), withoutField(pattern.substring(star + 1))];
    for (const element of elements) if (isReserved(root, before + element + after)) return true;
  }
  return false;
}

/** `before` is the begin of one of our names, or one of our names is the begin of it. */
function mayBeginOwn(root: string, before: string): boolean {
  const own = root === ALL_ROOTS ? root : root + ":";
  const length = before.length < own.length ? before.length : own.length;
  return before.substring(0, length) === own.substring(0, length);
}

/** `->field` at the end of a pattern names a field of a hash. */
function withoutField(after: string): string {
  const arrow = after.indexOf("->");
  return arrow < 0 || arrow + 2 === after.length ? after : after.substring(0, arrow);
}

/** [BY pattern] [LIMIT offset count] [GET pattern ...] and words without arguments, in any order. */
function patternsOf(args: string[]): string[] {
  const patterns: string[] = [];
  for (let at = FIRST_OPTION; at < args.length - 1; at++) {
    const word = args[at]!.toUpperCase();
    if (word === "LIMIT") {
      at += 2;
    } else if (word === "STORE") {
      at++;
    } else if (word === "BY" || word === "GET") {
      at++;
      patterns.push(args[at]!);
    }
  }
  return patterns;
}

/** None where the key is missing, of another type, or not the caller's to read: what SORT says to that it says itself. */
function elementsOf(key: string): string[] {
  const reply = host.pcall("SORT_RO", key, "BY", "nosort");
  const elements: string[] = [];
  if (typeof reply !== "object" || "err" in reply || "ok" in reply) return elements;
  for (const element of reply) if (typeof element === "string") elements.push(element);
  return elements;
}
