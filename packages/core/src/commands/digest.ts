/**
 * digest: what `meridian verify` compares between regions. It only reads, and each call does a bounded amount of work.
 *
 *     digest buckets from budget   [next bucket, keys, 7 bytes a bucket (digest/tally.ts), [key, problem, ...], [large key, ...]]
 *     digest keys bucket           [vector, [key, tally, kept, problem, deadline (ms, 0: never), ...], [large key, ...]]
 *     digest key key cursor        [vector, tally ("": no such key), kept, problem, deadline, next cursor ("": the end)]
 *     digest strays cursor count   [next cursor ("0": the end), keys, [key without metadata, ...]]; of a whole server
 *     digest unknown key ...       [key of these without metadata, ...]; of a slot, whose keys are not told from others by a walk
 *
 * A key whose value does not fit one page (digest/parts.ts) is large: it is in no bucket's tally, and is asked for by itself,
 * page by page. A vector is the partition's in the same atomic step.
 */
import { errorOf, host, integerOf, type Reply } from "../host.js";
import { digestKey, digestStored, quickTally } from "../digest/key-digest.js";
import { START } from "../digest/parts.js";
import { sumOf, tallyText } from "../digest/tally.js";
import { bucketAt, bucketKey, SLOT_BUCKETS } from "../state/bucket-names.js";
import { eachKeyOf } from "../state/buckets.js";
import { countKeysOfSlot } from "../state/key-count.js";
import { loadKey } from "../state/key-state.js";
import type { Partition } from "../state/partition.js";
import { isReserved } from "../state/reserved.js";
import { crossSlotErrorOf } from "../state/slot-guard.js";
import { vectorReply } from "./state.js";

/** A look at an empty bucket costs so much less than one at a key. */
const EMPTY_COST = 0.3;
const BUDGET_MAX = 20000;

export function describeDigests(partition: Partition, args: string[]): Reply {
  switch (args[1]) {
    case "buckets":
      return bucketDigests(partition, integerOf(args[2] ?? ""), integerOf(args[3] ?? ""));
    case "keys":
      return keyDigests(partition, integerOf(args[2] ?? ""));
    case "key":
      return args.length < 4 ? misuse() : keyDigest(partition, args[2]!, args[3]!);
    case "strays":
      return partition.deployment.isSlot ? misuse() : strays(partition, args[2] ?? "", integerOf(args[3] ?? ""));
    case "unknown":
      return unknown(partition, args);
    default:
      return misuse();
  }
}

function misuse(): Reply {
  return {
    err: "MERIDIAN_BADDIGEST digest takes buckets FROM BUDGET, keys BUCKET, key KEY CURSOR, strays CURSOR COUNT (of a whole server) or unknown KEY ...",
  };
}

function isBucket(partition: Partition, index: number): boolean {
  return index >= 0 && index < partition.buckets;
}

function bucketDigests(partition: Partition, from: number, budget: number): Reply {
  if (!isBucket(partition, from) || !(budget > 0)) return misuse();
  if (partition.deployment.isSlot && from === 0 && countKeysOfSlot(partition.root, partition) === 0)
    return emptyBuckets(partition);
  const most = budget < BUDGET_MAX ? budget : BUDGET_MAX;
  const tallies: string[] = [];
  const problems: Reply[] = [];
  const large: Reply[] = [];
  const expires = hasExpiries();
  let keys = 0;
  let cost = 0;
  let at = from;
  while (at < partition.buckets && cost < most) {
    const bucket = bucketAt(partition, at);
    let total = 0;
    const flat = host.call("HGETALL", bucket) as string[];
    for (let place = 0; place < flat.length; place += 2) {
      const key = flat[place]!;
      const stored = flat[place + 1]!;
      const quick = quickTally(partition, key, stored, expires);
      if (quick !== undefined) {
        cost++;
        keys++;
        total = sumOf(total, quick);
        continue;
      }
      const digest = digestStored(partition, key, bucket, stored);
      cost += digest.cost;
      if (digest.problem !== "") problems.push(key, digest.problem);
      if (digest.tally !== undefined) keys++;
      if (digest.next !== START) large.push(key);
      else if (digest.tally !== undefined) total = sumOf(total, digest.tally);
    }
    tallies.push(tallyText(total));
    cost += EMPTY_COST;
    at++;
  }
  return [at, keys, tallies.join(""), problems, large];
}

/** Most slots of a region that has few keys. */
function emptyBuckets({ buckets }: Partition): Reply {
  if (noTallies === "") for (let at = 0; at < SLOT_BUCKETS; at++) noTallies += tallyText(0);
  return [buckets, 0, noTallies, [], []];
}

/** Of a slot. */
let noTallies = "";

const EXPIRES = ",expires=";

/** Whether any key of the server has an expiry: where none has, none is asked for its own. */
function hasExpiries(): boolean {
  const text = host.call("INFO", "keyspace") as string;
  const line = text.substring(text.indexOf("db0:") + 1);
  const at = line.indexOf(EXPIRES) + EXPIRES.length;
  return line.substring(at, at + 2) !== "0,";
}

function keyDigests(partition: Partition, index: number): Reply {
  if (!isBucket(partition, index)) return misuse();
  const bucket = bucketAt(partition, index);
  const keys: Reply[] = [];
  const large: Reply[] = [];
  eachKeyOf(bucket, (key, stored) => {
    const { tally, kept, problem, deadline, next } = digestStored(partition, key, bucket, stored);
    if (next !== START) large.push(key);
    else if (tally !== undefined) {
      keys.push(key, tallyText(tally), tallyText(kept), problem, host.integerText(deadline));
    }
  });
  return [vectorReply(partition), keys, large];
}

function keyDigest(partition: Partition, key: string, cursor: string): Reply {
  const { tally, kept, problem, deadline, next } = digestKey(partition, loadKey(partition, key), cursor, false);
  const vector = vectorReply(partition);
  if (tally === undefined) return [vector, "", "", isStray(partition, key) ? "stray" : "", "0", ""];
  return [vector, tallyText(tally), tallyText(kept), problem, host.integerText(deadline), next === START ? "" : next];
}

/** A native value that the function knows nothing of: in one step with the look at its metadata, so it is certain. */
function isStray(partition: Partition, key: string): boolean {
  if (isReserved(partition.deployment.reserved, key) || host.call("EXISTS", key) === 0) return false;
  return host.call("HEXISTS", bucketKey(partition, key), key) === 0;
}

function strays(partition: Partition, cursor: string, count: number): Reply {
  if (!(count > 0)) return misuse();
  const page = host.pcall("SCAN", cursor, "COUNT", count < BUDGET_MAX ? count : BUDGET_MAX);
  if (errorOf(page) !== undefined) return misuse();
  const [next, names] = page as [string, string[]];
  const found: string[] = [];
  let keys = 0;
  for (const key of names) {
    if (isReserved(partition.deployment.reserved, key)) continue;
    keys++;
    if (host.call("HEXISTS", bucketKey(partition, key), key) === 0 && isStray(partition, key)) {
      found.push(key);
    }
  }
  return [next, keys, found];
}

function unknown(partition: Partition, args: string[]): Reply {
  const keys = args.slice(2);
  const crossing = partition.deployment.isSlot ? crossSlotErrorOf(partition, keys) : undefined;
  if (crossing !== undefined) return crossing;
  const found: string[] = [];
  for (const key of keys) if (isStray(partition, key)) found.push(key);
  return found;
}
