/**
 * What operations declare that were made while keys are ahead of the vector (sync/views.ts). Other regions take an entry's
 * context for what each of its operations saw; here some saw more of their key, and none more of any other:
 *
 *     V [origin stamp ...] operation                     the operation saw these, too, of its key
 *     V [from to [origin stamp ...] ...] Z               a flush saw these of the keys in the buckets
 *     w [origin stamp ...]                               the entry waits until these are applied: its region has shown them
 *
 * Only the operation's context grows by them, never that of the entry: an operation on a key that was not taken in yet would
 * remove what nobody here has seen. What a V names, its entry waits for as well. A `w` stands in the first entry after a
 * range was taken in, so that no region shows what somebody wrote having read an imported key before it shows that.
 */
import type { Packed } from "../host.js";
import { isOperation } from "../effects/operations.js";
import type { Entry } from "../log/entry.js";
import { namesNoKey, type Author, type Operation } from "../log/operation.js";
import { isArray, isInteger, isOrigin, isTime } from "../log/shapes.js";
import { bucketIndexOf, BUCKETS, type Bucketed } from "../state/bucket-names.js";
import { vectorFrom, type Partition, type Vector } from "../state/partition.js";
import { shortIndexes } from "../state/whole.js";
import { raiseAll, viewAt, type Range, type Views } from "./views.js";

/** The bucket whose view is that of the operation; a flush has none. */
export function bucketOf(partition: Bucketed, operation: Operation): number {
  return namesNoKey(operation) ? 0 : bucketIndexOf(partition, operation[1] as string);
}

/** What has no part in any state that is taken in. */
function isOfNoState(operation: Operation): boolean {
  return operation[0] === "M" || operation[0] === "m" || operation[0] === "f";
}

/** The operations of our entry as its log has them. */
export function declareSeen(partition: Partition, views: Views, operations: Operation[]): Operation[] {
  const declared: Operation[] = [];
  if (!views.isDeclared) {
    const awaited = beyondVector(partition, views.joined);
    if (awaited.length > 0) declared.push(["w", awaited]);
    views.isDeclared = true;
  }
  for (const operation of operations) {
    const seen = isOfNoState(operation)
      ? []
      : operation[0] === "Z"
        ? seenByFlush(partition, views)
        : beyondVector(partition, viewAt(views, bucketOf(partition, operation)));
    declared.push(seen.length > 0 ? ["V", seen, operation] : operation);
  }
  return declared;
}

function seenByFlush(partition: Partition, views: Views): Packed[] {
  const flat: Packed[] = [];
  for (const { from, to, seen } of views.ranges) {
    const beyond = beyondVector(partition, seen);
    if (beyond.length > 0) flat.push(from, to, beyond);
  }
  return flat;
}

/** [origin stamp ...] of what the vector does not say. */
function beyondVector(partition: Partition, seen: Vector | undefined): Packed[] {
  const flat: Packed[] = [];
  if (seen === undefined) return flat;
  for (const origin of shortIndexes(partition, seen)) {
    const stamp = seen[origin]!;
    if (stamp > (partition.vector[origin] ?? 0)) flat.push(partition.origins[origin]!, stamp);
  }
  return flat;
}

/** True where the value is a V or a w as this version writes them. */
export function isDeclaration(value: Packed): boolean {
  if (!isArray(value)) return false;
  if (value[0] === "w") return value.length === 2 && areStamps(value[1]);
  const operation = value[2];
  if (value[0] !== "V" || value.length !== 3 || operation === undefined || !isOperation(operation)) return false;
  return (operation as Packed[])[0] === "Z" ? areRanges(value[1]) : areStamps(value[1]);
}

/** [origin stamp ...] */
function areStamps(value: Packed | undefined): boolean {
  if (!isArray(value) || value.length % 2 !== 0) return false;
  for (let at = 0; at < value.length; at += 2) if (!isOrigin(value[at]) || !isTime(value[at + 1])) return false;
  return true;
}

/** [from to [origin stamp ...] ...] */
function areRanges(value: Packed | undefined): boolean {
  if (!isArray(value) || value.length % 3 !== 0) return false;
  let before = 0;
  for (let at = 0; at < value.length; at += 3) {
    const from = value[at];
    const to = value[at + 1];
    if (!isInteger(from) || !isInteger(to) || from < before || to <= from || to > BUCKETS) return false;
    if (!areStamps(value[at + 2])) return false;
    before = to;
  }
  return true;
}

/** Takes the declarations of an entry off its operations. */
export function takeDeclarations(entry: Entry): void {
  const operations: Operation[] = [];
  const seen: (Packed[] | false)[] = [];
  const awaited: Packed[] = [];
  for (const operation of entry.operations) {
    const flat = operation[1] as Packed[];
    if (operation[0] === "w") {
      addAll(awaited, flat);
    } else if (operation[0] === "V") {
      const inner = operation[2] as Operation;
      if (inner[0] !== "Z") addAll(awaited, flat);
      else for (let at = 2; at < flat.length; at += 3) addAll(awaited, flat[at] as Packed[]);
      operations.push(inner);
      seen.push(flat);
    } else {
      operations.push(operation);
      seen.push(false);
    }
  }
  entry.operations = operations;
  entry.seen = seen;
  entry.awaited = awaited;
}

function addAll(flat: Packed[], more: Packed[]): void {
  for (const item of more) flat.push(item);
}

/** The author of the operation at `at` of an entry, with all that it saw; `author` is that of the entry. */
export function authorAt(partition: Partition, author: Author, entry: Entry, at: number): Author {
  const seen = entry.seen?.[at];
  if (seen === undefined || seen === false) return author;
  const { stamp, origin } = author;
  const context = author.context!;
  if (entry.operations[at]![0] !== "Z") {
    return { stamp, origin, context: raised(context, vectorFrom(partition, seen)) };
  }
  const ranges: Range[] = [];
  for (let next = 0; next < seen.length; next += 3) {
    const more = vectorFrom(partition, seen[next + 2] as Packed[]);
    ranges.push({ from: seen[next] as number, to: seen[next + 1] as number, seen: raised(context, more) });
  }
  return { stamp, origin, context, ranges };
}

function raised(context: Vector, by: Vector): Vector {
  const vector: Vector = {};
  raiseAll(vector, context);
  raiseAll(vector, by);
  return vector;
}

/** Leaves of an entry's operations those that the views of their keys do not cover. */
export function dropSeenOperations(partition: Bucketed, views: Views, entry: Entry, origin: number): void {
  const operations: Operation[] = [];
  const seen: (Packed[] | false)[] = [];
  for (let at = 0; at < entry.operations.length; at++) {
    const operation = entry.operations[at]!;
    const isWhole = operation[0] === "Z" || isOfNoState(operation);
    const view = isWhole ? undefined : viewAt(views, bucketOf(partition, operation));
    if (view !== undefined && entry.stamp <= (view[origin] ?? 0)) continue;
    operations.push(operation);
    seen.push(entry.seen?.[at] ?? false);
  }
  entry.operations = operations;
  entry.seen = seen;
}
