/**
 * HyperLogLogs: G and C. What shows is the union of all sketches that live under the key, each created under a dot of its
 * own; an addition names those it went into. Registers can't be un-merged, so a removal that saw a sketch takes it
 * with whatever was added to it concurrently: it arrives for a sketch that is not there, and no tombstone is needed.
 *
 * Invariants
 * 1. The native key is the union. Where several sketches live, `<root>:p:<key>` holds the bytes of each by its dot;
 *    where one does, it is the native key and nothing else is kept.
 * 2. Bytes are checked whole before they come here (types/sketch-bytes.ts), so no native command refuses them.
 * 3. Registers agree everywhere; bytes need not, for a server chooses their encoding and keeps its last count in them.
 */
import { callInPieces, host, type Packed } from "../host.js";
import type { Author, Keep, Operation } from "../log/operation.js";
import { areTexts, isArray, isKeep, isOrigin, isText, isTime } from "../log/shapes.js";
import { encodeDot, type Sketch } from "../state/codec.js";
import { claim, forget, loadKey, nativeOf, peek, settle, type KeyState } from "../state/key-state.js";
import type { Kind } from "../state/kind.js";
import { array, dotJson, object } from "../state/json.js";
import { scratchKey, sideKey } from "../state/names.js";
import { isAfter, type Partition } from "../state/partition.js";
import { covers } from "../types/cell.js";
import { isSketch } from "../types/sketch-bytes.js";
import { applyKeep } from "./clear.js";
import type { OperationKind } from "./operation-kind.js";
import { isPlainKeep, writeMeta } from "./plain.js";

/** Adds to the HyperLogLog in a native key, or makes one there. */
type Grow = (this: void, native: string) => void;

/** G key [origin stamp ...] [element ...] keep */
function addEffect(partition: Partition, operation: Operation, author: Author): number {
  if (addPlain(partition, operation, author)) return 1;
  const [, key, names, elements, keep] = operation as [string, string, Packed[], string[], Keep];
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, "p", false);
  growSketches(partition, state, names, author, (native) => {
    callInPieces("PFADD", native, elements);
  });
  settle(partition, state);
  return 1;
}

/** G into nothing, or into the one sketch that is the whole key. */
function addPlain(partition: Partition, operation: Operation, author: Author): boolean {
  const [, key, names, elements, keep] = operation as [string, string, Packed[], string[], Keep];
  if (!isPlainKeep(keep)) return false;
  const stored = peek(partition, key);
  if (stored === false) {
    if (names.length > 0) return false;
    callInPieces("PFADD", key, elements);
    writeMeta(partition, key, "p" + encodeDot(author.stamp, author.origin));
    return true;
  }
  const origin = names.length === 2 ? partition.indexOf[names[0] as string] : undefined;
  if (origin === undefined || stored !== "p" + encodeDot(names[1] as number, origin)) return false;
  callInPieces("PFADD", key, elements);
  return true;
}

/** C key [origin stamp ...] bytes keep */
function mergeEffect(partition: Partition, operation: Operation, author: Author): number {
  const [, key, names, bytes, keep] = operation as [string, string, Packed[], string, Keep];
  const state = loadKey(partition, key);
  applyKeep(partition, state, author, keep, "p", false);
  mergeBytes(partition, state, names, bytes, author);
  settle(partition, state);
  return 1;
}

function mergeBytes(partition: Partition, state: KeyState, names: Packed[], bytes: string, author: Author): void {
  const source = scratchKey(partition.root);
  host.call("SET", source, bytes);
  growSketches(partition, state, names, author, (native) => {
    host.call("PFMERGE", native, source);
  });
  host.call("UNLINK", source);
}

/** Grows those named that live here, or a new one where none is named; the caller settles. */
function growSketches(partition: Partition, state: KeyState, names: Packed[], author: Author, grow: Grow): void {
  const isNew = names.length === 0 && !hasSketch(state, author.stamp, author.origin);
  if (isNew) addSketch(partition, state, author);
  const targets = names.length === 0 ? [dotOf(author)] : livingOf(partition, state, names);
  if (targets.length === 0) return;
  grow(nativeOf(partition, state, "p"));
  if (state.sketches.length === 1) return;
  const side = sideKey(partition.root, "p", state.key);
  const work = workKey(partition);
  for (const dot of targets) {
    const bytes = host.call("HGET", side, dot);
    if (typeof bytes === "string") host.call("SET", work, bytes);
    grow(work);
    host.call("HSET", side, dot, host.call("GET", work) as string);
    host.call("UNLINK", work);
  }
}

/** Where the bytes of one of several sketches are worked on. */
function workKey(partition: Partition): string {
  return scratchKey(partition.root) + ":sketch";
}

/** A new sketch of the author's, empty as yet. What was alone until now gets its bytes written beside. */
function addSketch(partition: Partition, state: KeyState, author: Author): void {
  const native = claim(partition, state, "p");
  const [alone] = state.sketches;
  if (alone !== undefined && state.sketches.length === 1) {
    const side = sideKey(partition.root, "p", state.key);
    host.call("HSET", side, encodeDot(alone.stamp, alone.origin), host.call("GET", native) as string);
  }
  state.sketches.push({ stamp: author.stamp, origin: author.origin });
}

function dotOf({ stamp, origin }: Sketch | Author): string {
  return encodeDot(stamp, origin);
}

function hasSketch(state: KeyState, stamp: number, origin: number): boolean {
  for (const sketch of state.sketches) if (sketch.stamp === stamp && sketch.origin === origin) return true;
  return false;
}

/** The dots of those of [origin stamp ...] that live here. */
function livingOf(partition: Partition, state: KeyState, names: Packed[]): string[] {
  const dots: string[] = [];
  for (let at = 0; at < names.length; at += 2) {
    const origin = partition.indexOf[names[at] as string];
    const stamp = names[at + 1] as number;
    if (origin !== undefined && hasSketch(state, stamp, origin)) dots.push(encodeDot(stamp, origin));
  }
  return dots;
}

/** All that live here, as an addition names them: [origin stamp ...]. */
export function namesOf(partition: Partition, sketches: Sketch[]): Packed[] {
  const names: Packed[] = [];
  for (const { stamp, origin } of sketches) names.push(partition.origins[origin]!, stamp);
  return names;
}

function clearSketches(partition: Partition, state: KeyState, author: Author): boolean {
  const side = sideKey(partition.root, "p", state.key);
  const kept: Sketch[] = [];
  const gone: string[] = [];
  for (const sketch of state.sketches) {
    if (covers(author.context, sketch.stamp, sketch.origin)) gone.push(dotOf(sketch));
    else kept.push(sketch);
  }
  if (gone.length === 0) return false;
  if (kept.length === 0) {
    forget(partition, state, "p");
    if (gone.length > 1) host.call("UNLINK", side);
    return true;
  }
  callInPieces("HDEL", side, gone);
  state.sketches = kept;
  uniteAnew(partition, state, side);
  return true;
}

/** The native key becomes the union of what is left; its deadline stays. */
function uniteAnew(partition: Partition, state: KeyState, side: string): void {
  const native = nativeOf(partition, state, "p");
  const work = workKey(partition);
  for (let at = 0; at < state.sketches.length; at++) {
    const bytes = host.call("HGET", side, dotOf(state.sketches[at]!)) as string;
    if (at === 0) {
      host.call("SET", native, bytes, "KEEPTTL");
    } else {
      host.call("SET", work, bytes);
      host.call("PFMERGE", native, work);
      host.call("UNLINK", work);
    }
  }
  if (state.sketches.length === 1) host.call("UNLINK", side);
}

function newestSketch(partition: Partition, state: KeyState): [number, number] | undefined {
  let best: [number, number] | undefined;
  for (const { stamp, origin } of state.sketches) {
    if (best === undefined || isAfter(partition, stamp, origin, best[0], best[1])) best = [stamp, origin];
  }
  return best;
}

/** A whole value; where nothing else lives, byte for byte. */
function putSketch(partition: Partition, state: KeyState, value: string, author: Author): void {
  if (state.alive["p"] === true) {
    mergeBytes(partition, state, [], value, author);
    return;
  }
  host.call("SET", claim(partition, state, "p"), value);
  state.sketches = [{ stamp: author.stamp, origin: author.origin }];
}

export const sketchKind: Kind = {
  code: "p",
  name: "hyperloglog",
  newest: newestSketch,
  clear: (partition, state, author) => clearSketches(partition, state, author),
  addResets: () => undefined,
  sides: (root, key) => [sideKey(root, "p", key)],
  read: (native) => {
    const bytes = host.call("GET", native);
    return typeof bytes === "string" ? bytes : [];
  },
  isValue: (value) => typeof value === "string" && isSketch(value),
  put: (partition, state, value, author) => putSketch(partition, state, value as string, author),
  eachLoser: () => undefined,
  describe: (partition, state) => {
    const shown: string[] = [];
    for (const { stamp, origin } of state.sketches) shown.push(object(dotJson(partition, stamp, origin)));
    return array(shown);
  },
};

/** [origin stamp ...] */
function areNames(value: Packed | undefined): boolean {
  if (!isArray(value) || value.length % 2 !== 0) return false;
  for (let at = 0; at < value.length; at += 2) if (!isOrigin(value[at]) || !isTime(value[at + 1])) return false;
  return true;
}

function areElements(value: Packed | undefined): boolean {
  return isArray(value) && (value.length === 0 || areTexts(value));
}

export const sketchOperations: Record<string, OperationKind> = {
  G: {
    length: 5,
    isRight: (o) => isText(o[1]) && areNames(o[2]) && areElements(o[3]) && isKeep(o[4]),
    apply: addEffect,
  },
  C: {
    length: 5,
    isRight: (o) => isText(o[1]) && areNames(o[2]) && typeof o[3] === "string" && isSketch(o[3]) && isKeep(o[4]),
    apply: mergeEffect,
  },
};
