/**
 * The names of Meridian's own keys. All begin with the root, so all lie in the slot of its tag.
 *
 *     <root>               hash    what the partition is: format, region, regions, origin
 *     <root>:w             string  who writes: `<run id of the process> <origin>`, the fence of every call
 *     <root>:o             hash    index -> origin: the short numbers that dots are stored with, local to this server
 *     <root>:vv            hash    origin -> stamp: the version vector, but for the origin that writes now
 *     <root>:ctx:<origin>  hash    origin -> stamp: what that origin had seen at its entry applied last
 *     <root>:log:<origin>  stream  the origin's log, in frames (log/frames.ts)
 *     <root>:m:<bucket>    hash    key -> metadata of the key (state/codec.ts)
 *     <root>:h:<key>       hash    field -> cell of that field
 *     <root>:e:<key>       hash    member -> dots of that member
 */
import { host } from "../host.js";

/** Part of the format: changing it means a new format version. A power of 16. */
export const BUCKETS = 65536;
const BUCKET_HEX_DIGITS = 4;

export function writerKey(root: string): string {
  return root + ":w";
}

export function originsKey(root: string): string {
  return root + ":o";
}

export function vectorKey(root: string): string {
  return root + ":vv";
}

export function contextKey(root: string, origin: string): string {
  return root + ":ctx:" + origin;
}

export function logKey(root: string, origin: string): string {
  return root + ":log:" + origin;
}

export function bucketKeyAt(root: string, bucket: string): string {
  return root + ":m:" + bucket;
}

/** The bucket of a key: small hashes stay listpacks, which cost a fraction of one large hash. */
export function bucketKey(bucketPrefix: string, key: string): string {
  return bucketPrefix + host.sha1hex(key).substring(0, BUCKET_HEX_DIGITS);
}

/** The name of bucket number `index`, as bucketKey spells it. */
export function bucketName(index: number): string {
  let text = "";
  let rest = index;
  for (let place = 0; place < BUCKET_HEX_DIGITS; place++) {
    const digit = rest % 16;
    text = HEX.substring(digit, digit + 1) + text;
    rest = (rest - digit) / 16;
  }
  return text;
}

const HEX = "0123456789abcdef";

export function fieldsKey(root: string, key: string): string {
  return root + ":h:" + key;
}

export function membersKey(root: string, key: string): string {
  return root + ":e:" + key;
}
