/**
 * The common case of a stream, without loading the key: an entry added at its end, under a key without deadline. A
 * shortcut, as in effects/plain.ts: it does what the general effect does where it applies.
 */
import { host } from "../host.js";
import type { Author, Keep, Operation } from "../log/operation.js";
import { peek } from "../state/key-state.js";
import { groupsKey, sideKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import { plainRecord } from "../state/stream-record.js";
import { placeOfId } from "../types/stream-id.js";
import { isPlainKeep, writeMeta } from "./plain.js";
import { firstLife } from "./stream-groups.js";
import { appendNative } from "./stream-native.js";

/** The metadata of a key that is one stream. */
export const PLAIN_STREAM = "x";

/** a into nothing, or at the end of a stream; false where the general effect is needed, and nothing was done. */
export function addPlainEntry(partition: Partition, operation: Operation, author: Author): boolean {
  const [, key, id, fields, keep] = operation as [string, string, string, string[], Keep];
  const stored = peek(partition, key);
  if (!isPlainKeep(keep) || (stored !== false && stored !== PLAIN_STREAM)) return false;
  const isFresh = keep[1] === 1;
  if (isFresh !== (stored === false)) return false;
  if (!appendNative(key, id, fields)) return false;
  const { root } = partition;
  host.call("RPUSH", sideKey(root, "x", key), plainRecord(placeOfId(id), author.stamp, author.origin));
  if (isFresh) {
    firstLife(groupsKey(root, key), author.stamp, author.origin);
    writeMeta(partition, key, PLAIN_STREAM);
  }
  return true;
}
