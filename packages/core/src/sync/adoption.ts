/**
 * Adopting: a server full of keys that Meridian knows nothing of becomes the first region, with no value written.
 *
 *     adoption state    [status, plain]   none, running or done; plain 1: nothing was ever written through the function or
 *                                         came from elsewhere, and there are keys that it does not know
 *     adoption begin    [status]          running; "empty": there is nothing to adopt; "late": the region has a past
 *     adoption step     [status, keys adopted, keys left to modules, an example of those]
 *
 * A slot can't tell which of the server's keys are its own, so who adopts walks the nodes and says them; of a slot `plain` is 0, and one may
 * begin that is empty:
 *
 *     adoption step [key ...]   of a slot: these keys, and some of the large ones; "walked": no large one is left
 *     adoption end              of a slot: ["done"], where no large one is left; all keys were said
 *
 * All that is there counts as written by this region in one moment, and as cut from its log since (state/adopting.ts). So the others,
 * which are to be empty, take it in by state (sync/import.ts), and from there on nothing is special.
 *
 * A step walks some keys, or a page of one key. Where it stands lies in Redis: agents may die, or do it together.
 * A server that was started anew begins its walk again, for it orders its keys anew.
 *
 *     <root>:ad   hash: origin, stamp; while it runs cursor, walker, keys, foreign, example; and the large key in hand: key, page
 *     <root>:aq   set: large keys to come
 *     <root>:as   what is kept of the parts of the one in hand, as far as it is done
 */
import { errors, refuse } from "../errors.js";
import { host, unlinkInPieces, type Reply } from "../host.js";
import { isFull } from "../scripts/full-server.js";
import { adopting, CURSOR, ORIGIN, STAMP, type Adoption } from "../state/adopting.js";
import { bucketKey } from "../state/bucket-names.js";
import type { AggregateCode } from "../state/codec.js";
import { adoptedPartsKey, adoptionKey, adoptionQueueKey, sideKey, vectorKey } from "../state/names.js";
import { nextStamp, type Partition } from "../state/partition.js";
import { findLive } from "../state/whole.js";
import { isReserved } from "../state/reserved.js";
import { adoptWhole, finishKey, isSmall, isWhole, partsOf, typeOf } from "./adopted-key.js";
import { ADOPTED_PAGE, FIRST_PAGE, keepPage } from "./adopted-parts.js";

/** Keys asked for in a step, and what it may cost: 1 a key, and 1 for each three of its parts. */
const STEP_KEYS = 300;
const STEP_COST = 600;
const PARTS_A_COST = 3;
const FIRST_CURSOR = "0";
/** All was walked over; large keys may be left. */
const LAST_CURSOR = "end";

const WALKER = "walker";
const KEYS = "keys";
const FOREIGN = "foreign";
const EXAMPLE = "example";
const LARGE = "key";
const PAGE = "page";

export function adoptKeys(partition: Partition, args: string[]): Reply {
  const { isSlot } = partition.deployment;
  if (args[1] === "state") return adoptionState(partition);
  if (args[1] === "begin") return begin(partition);
  if (args[1] === "step") return isSlot ? slotStep(partition, args) : step(partition);
  if (args[1] === "end" && isSlot) return endOfSlot(partition);
  return refuse(errors.badAdoption);
}

/** The stamp at which this region adopted what it had; undefined where it did not. */
export function adoptedAt(root: string): { origin: string; stamp: string } | undefined {
  const origin = host.call("HGET", adoptionKey(root), ORIGIN);
  if (typeof origin !== "string") return undefined;
  return { origin, stamp: host.call("HGET", adoptionKey(root), STAMP) as string };
}

function adoptionState(partition: Partition): Reply {
  if (partition.adoption !== undefined) return ["running", 0];
  if (adoptedAt(partition.root) !== undefined) return ["done", 0];
  const isPlain = !partition.deployment.isSlot && isFresh(partition) && hasPlainKeys(partition.root);
  return ["none", isPlain ? 1 : 0];
}

/** No operation was ever made or applied here. */
function isFresh({ vector, views }: Partition): boolean {
  for (const index in vector) if (vector[host.toNumber(`${index}`, 10)]! > 0) return false;
  return views === undefined;
}

function hasPlainKeys(root: string): boolean {
  let cursor = FIRST_CURSOR;
  do {
    const [next, names] = host.call("SCAN", cursor, "COUNT", STEP_KEYS) as [string, string[]];
    for (const key of names) if (!isReserved(root, key)) return true;
    cursor = next;
  } while (cursor !== FIRST_CURSOR);
  return false;
}

function begin(partition: Partition): Reply {
  const { root, own, origins, vector } = partition;
  if (partition.adoption !== undefined) return ["running"];
  if (adoptedAt(root) !== undefined) return ["done"];
  if (!isFresh(partition)) return ["late"];
  if (!partition.deployment.isSlot && !hasPlainKeys(root)) return ["empty"];
  const stamp = nextStamp(partition);
  const text = host.integerText(stamp);
  const origin = origins[own]!;
  host.call("HSET", adoptionKey(root), ORIGIN, origin, STAMP, text, CURSOR, FIRST_CURSOR, WALKER, origin, KEYS, "0");
  host.call("HSET", vectorKey(root), origin, text);
  vector[own] = stamp;
  findLive(partition);
  partition.last = stamp;
  partition.adoption = { stamp, origin: own };
  return ["running"];
}

function step(partition: Partition): Reply {
  const { adoption, root, own, origins } = partition;
  const record = adoptionKey(root);
  if (adoption === undefined) return over(root);
  if (isFull()) return refuse(errors.outOfMemory);
  const walker = origins[own]!;
  if (host.call("HGET", record, WALKER) !== walker) {
    host.call("HSET", record, WALKER, walker, CURSOR, FIRST_CURSOR, FOREIGN, "0");
    dropLarge(root);
  }
  const cost = keepLarge(partition, adoption, 0);
  if (cost < STEP_COST) walkOn(partition, adoption, cost);
  forgetOpened(partition);
  return [partition.adoption === undefined ? "done" : "running", ...counted(root)];
}

function over(root: string): Reply {
  return [adoptedAt(root) === undefined ? "none" : "done", ...counted(root)];
}

/** Pages of large keys, for what is left of a step. */
function keepLarge(partition: Partition, adoption: Adoption, spent: number): number {
  const { root } = partition;
  let cost = spent;
  for (let large = nextLarge(root); large !== undefined && cost < STEP_COST;) {
    cost += keepOn(partition, adoption, large);
    large = cost < STEP_COST ? nextLarge(root) : undefined;
  }
  return cost;
}

/** What was remembered of a key may be of before. */
function forgetOpened(partition: Partition): void {
  partition.peekedKey = undefined;
  partition.opened = undefined;
}

/** adoption step [key ...] */
function slotStep(partition: Partition, args: string[]): Reply {
  const { adoption, root, own, origins } = partition;
  if (adoption === undefined) return over(root);
  if (isFull()) return refuse(errors.outOfMemory);
  const record = adoptionKey(root);
  const walker = origins[own]!;
  if (host.call("HGET", record, WALKER) !== walker) {
    host.call("HSET", record, WALKER, walker);
    const inHand = host.call("HGET", record, LARGE);
    if (typeof inHand === "string") host.call("SADD", adoptionQueueKey(root), inHand);
    dropInHand(root);
  }
  const names: string[] = [];
  for (let at = 2; at < args.length; at++) names.push(args[at]!);
  const cost = adoptAll(partition, adoption, names, 0);
  if (cost < STEP_COST) keepLarge(partition, adoption, cost);
  forgetOpened(partition);
  return [hasLarge(root) ? "running" : "walked", ...counted(root)];
}

function hasLarge(root: string): boolean {
  if (host.call("HEXISTS", adoptionKey(root), LARGE) === 1) return true;
  return host.call("EXISTS", adoptionQueueKey(root)) === 1;
}

function endOfSlot(partition: Partition): Reply {
  const { adoption, root } = partition;
  if (adoption === undefined) return over(root);
  if (hasLarge(root)) return ["running", ...counted(root)];
  host.call("HDEL", adoptionKey(root), CURSOR, WALKER);
  partition.adoption = undefined;
  return ["done", ...counted(root)];
}

/** Some keys more; the end, where none are left and no large one is either. */
function walkOn(partition: Partition, adoption: Adoption, spent: number): void {
  const { root } = partition;
  const record = adoptionKey(root);
  const walked = host.call("HGET", record, CURSOR) as string;
  if (walked === LAST_CURSOR) {
    host.call("HDEL", record, CURSOR, WALKER);
    partition.adoption = undefined;
    return;
  }
  const [next, names] = host.call("SCAN", walked, "COUNT", STEP_KEYS) as [string, string[]];
  adoptAll(partition, adoption, names, spent);
  host.call("HSET", record, CURSOR, next === FIRST_CURSOR ? LAST_CURSOR : next);
}

function counted(root: string): Reply[] {
  const record = adoptionKey(root);
  const numbers: Reply[] = [];
  for (const field of [KEYS, FOREIGN, EXAMPLE]) {
    const text = host.call("HGET", record, field);
    numbers.push(typeof text === "string" ? text : field === EXAMPLE ? "" : "0");
  }
  return numbers;
}

/** What it and what was before cost. */
function adoptAll(partition: Partition, adoption: Adoption, names: string[], spent: number): number {
  const { root } = partition;
  let cost = spent;
  let keys = 0;
  for (const key of names) {
    if (isReserved(root, key)) continue;
    const bucket = bucketKey(partition, key);
    if (host.call("HEXISTS", bucket, key) === 1) continue;
    const code = typeOf(key);
    if (code === "") continue;
    if (code === undefined) {
      host.call("HINCRBY", adoptionKey(root), FOREIGN, 1);
      host.call("HSET", adoptionKey(root), EXAMPLE, key);
    } else if (isSmall(code, key) && cost < STEP_COST) {
      cost += 1 + partsOf(code, key) / PARTS_A_COST;
      adoptWhole(partition, adoption, key, bucket, code);
      keys++;
    } else {
      host.call("SADD", adoptionQueueKey(root), key);
    }
  }
  if (keys > 0) host.call("HINCRBY", adoptionKey(root), KEYS, keys);
  return cost;
}

/** The key in hand, or the next one, which then is. */
function nextLarge(root: string): string | undefined {
  const record = adoptionKey(root);
  const inHand = host.call("HGET", record, LARGE);
  if (typeof inHand === "string") return inHand;
  const next = host.call("SPOP", adoptionQueueKey(root));
  if (typeof next !== "string") return undefined;
  host.call("UNLINK", adoptedPartsKey(root));
  host.call("HSET", record, LARGE, next, PAGE, FIRST_PAGE);
  return next;
}

function dropLarge(root: string): void {
  host.call("UNLINK", adoptionQueueKey(root));
  dropInHand(root);
}

function dropInHand(root: string): void {
  host.call("UNLINK", adoptedPartsKey(root));
  host.call("HDEL", adoptionKey(root), LARGE, PAGE);
}

/** A page of the key in hand, and what that cost. Whoever touched the key meanwhile has adopted it. */
function keepOn(partition: Partition, adoption: Adoption, key: string): number {
  const { root } = partition;
  const bucket = bucketKey(partition, key);
  const code = host.call("HEXISTS", bucket, key) === 1 ? "" : typeOf(key);
  if (code === "" || code === undefined) {
    dropInHand(root);
    return 1;
  }
  if (isSmall(code, key)) {
    adoptWhole(partition, adoption, key, bucket, code);
    finishInHand(root);
    return 1 + partsOf(code, key) / PARTS_A_COST;
  }
  const aggregate = code as AggregateCode;
  const parts = adoptedPartsKey(root);
  const page = host.call("HGET", adoptionKey(root), PAGE) as string;
  const next = keepPage(partition, adoption, aggregate, key, parts, page);
  if (next !== FIRST_PAGE) {
    host.call("HSET", adoptionKey(root), PAGE, next);
  } else if (isWhole(aggregate, key, parts)) {
    host.call("RENAME", parts, sideKey(root, aggregate, key));
    finishKey(partition, adoption, key, bucket, code);
    finishInHand(root);
  } else {
    // Somebody wrote past the function: once more from the beginning.
    host.call("UNLINK", parts);
    host.call("HSET", adoptionKey(root), PAGE, FIRST_PAGE);
  }
  return 1 + ADOPTED_PAGE / PARTS_A_COST;
}

function finishInHand(root: string): void {
  dropInHand(root);
  host.call("HINCRBY", adoptionKey(root), KEYS, 1);
}

/** As the first command that touches it finds it. */
function adoptTouched(partition: Partition, adoption: Adoption, key: string, bucket: string): string | false {
  if (isReserved(partition.root, key)) return false;
  const code = typeOf(key);
  if (code === undefined || code === "") return false;
  const stored = adoptWhole(partition, adoption, key, bucket, code);
  host.call("HINCRBY", adoptionKey(partition.root), KEYS, 1);
  return stored;
}

function dropUnadopted(partition: Partition): void {
  const { root } = partition;
  dropLarge(root);
  let cursor = FIRST_CURSOR;
  do {
    const [next, names] = host.call("SCAN", cursor, "COUNT", STEP_KEYS) as [string, string[]];
    const gone: string[] = [];
    for (const key of names) {
      if (!isReserved(root, key) && host.call("HEXISTS", bucketKey(partition, key), key) === 0) gone.push(key);
    }
    if (gone.length > 0) unlinkInPieces(gone);
    cursor = next;
  } while (cursor !== FIRST_CURSOR);
}

adopting.by = { adopt: adoptTouched, drop: dropUnadopted };
