/**
 * The names of Meridian's own keys. All begin with the root, so all lie in the slot of its tag.
 *
 *     <root>               hash    what the partition is: format, region, regions, partitions, origin; its members (state/membership.ts)
 *     <root>:w             string  who writes: `<run id of the process> <origin>`, the fence of every call
 *     <root>:o             hash    index -> origin: the short numbers that dots are stored with, local to this server
 *     <root>:vv            hash    origin -> stamp: the version vector (state/whole.ts), but for the origin that writes now
 *     <root>:ctx:<origin>  hash    origin -> stamp: what that origin had seen at its entry applied last
 *     <root>:log:<origin>  stream  the origin's log, in frames (log/frames.ts)
 *     <root>:m:<bucket>    hash    key -> metadata of the key (state/codec.ts, state/bucket-names.ts)
 *     <root>:h:<key>       hash    field -> cell of that field
 *     <root>:e:<key>       hash    member -> dots of that member
 *     <root>:z:<key>       hash    member -> cell of its score
 *     <root>:l:<key>       list    place and dots of each element, in the order of the elements (state/sequence.ts)
 *     <root>:x:<key>       list    id and dots of each entry of a stream, in their order
 *     <root>:g:<key>       hash    what holds a stream and its consumer groups (effects/stream-groups.ts)
 *     <root>:y:<key>       zset    ids that came late for a group and that it has yet to deliver (effects/stream-late.ts)
 *     <root>:gd            hash    groups destroyed of late: until every region knows (effects/stream-marks.ts)
 *     <root>:p:<key>       hash    dot -> HyperLogLog, where several were created concurrently
 *     <root>:im            hash    a running import of state: position, start, contexts (sync/views.ts)
 *     <root>:iv            hash    first bucket -> msgpack [end, vector]: what was seen of keys taken in by state
 *     <root>:ad            hash    when and how far this region adopted the keys that were there before it (sync/adoption.ts)
 *     <root>:aq            set     large keys that are to be adopted yet
 *     <root>:as            any     what is kept of the parts of the one that is being adopted
 *     <root>:ip            set     the names under which pages of a large value are collected (sync/page-intake.ts)
 *     <root>:pn:<type><key>, <root>:ps:<type><key>   such a value, and what is kept about its parts
 *     <root>:f             hash    name -> users' function library (scripts/library-effect.ts)
 *     <root>:cf            hash    kind -> number of conflicts so far
 *     <root>:ck            set     keys that may hold losers of conflicts
 *     <root>:no            none    never exists (state/slot-guard.ts)
 *     <root>:t             any     scratch: what the server computes for a command, gone at its end
 *     <root>:n:<type><key>         the native value of a type that another type hides
 */
import type { AggregateCode } from "./codec.js";

export function writerKey(root: string): string {
  return root + ":w";
}

/** Of a key that never exists. */
export function neverKey(root: string): string {
  return root + ":no";
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

/** The metadata of a key's parts of the type. */
export function sideKey(root: string, type: AggregateCode, key: string): string {
  return root + ":" + type + ":" + key;
}

export function groupsKey(root: string, key: string): string {
  return root + ":g:" + key;
}

export function lateKey(root: string, key: string): string {
  return root + ":y:" + key;
}

export function destroyedKey(root: string): string {
  return root + ":gd";
}

/** Where the native value of a hidden type is kept. */
export function hiddenKey(root: string, type: AggregateCode, key: string): string {
  return root + ":n:" + type + key;
}

export function importKey(root: string): string {
  return root + ":im";
}

export function viewsKey(root: string): string {
  return root + ":iv";
}

export function adoptionKey(root: string): string {
  return root + ":ad";
}

export function adoptionQueueKey(root: string): string {
  return root + ":aq";
}

export function adoptedPartsKey(root: string): string {
  return root + ":as";
}

export function pageNamesKey(root: string): string {
  return root + ":ip";
}

export function pagedNativeKey(root: string, type: AggregateCode, key: string): string {
  return root + ":pn:" + type + key;
}

export function pagedSideKey(root: string, type: AggregateCode, key: string): string {
  return root + ":ps:" + type + key;
}

export function librariesKey(root: string): string {
  return root + ":f";
}

export function scratchKey(root: string): string {
  return root + ":t";
}

export function conflictCountsKey(root: string): string {
  return root + ":cf";
}

/** How many conflicts each resolver settled here: "<name> <version>" and a number. */
export function resolversKey(root: string): string {
  return root + ":cr";
}

export function conflictKeysKey(root: string): string {
  return root + ":ck";
}
