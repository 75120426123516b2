/**
 * The partition: everything the core remembers between calls about one root.
 *
 * It is a cache of what Redis holds, proven current in every call by one GET: the fence `<root>:w` names the process, its
 * replication history and the origin that write. A fence that is not ours means a restart, a failover or another
 * database, and so a new incarnation: the lost tail of the old one may live on in other regions, and nothing stamped
 * from now on has seen it. A call that was cut short by an error leaves the cache in doubt: it is read anew.
 *
 * Invariants
 * 1. `last` >= every stamp made or applied here, so the next stamp is greater than all that was seen.
 * 2. `vector` counts contiguous entries only, and moves in the same call as the effects.
 * 3. `changed` holds the origins whose stamp moved since our entry before: exactly what the next entry declares.
 */
import { errors, refuse } from "../errors.js";
import { host, integerOf, type Packed, type Reply } from "../host.js";
import { marks, regionOf, tagOf } from "../clock/origin.js";
import { stampAt } from "../clock/stamp.js";
import type { Revivals } from "../log/expiry.js";
import type { EntryBatch } from "../effects/stream-batch.js";
import type { LargeExport } from "../sync/large-values.js";
import { loadViews, type Views } from "../sync/views.js";
import { loadAdoption, type Adoption } from "./adopting.js";
import { deploymentOf, type Deployment } from "./deployment.js";
import { nextOrigin, processMark } from "./incarnation.js";
import { BUCKETS, bucketPrefixOf, SLOT_BUCKETS } from "./bucket-names.js";
import { NOT_COUNTED } from "./key-count.js";
import type { KeyState } from "./key-state.js";
import { guardedFence, isCluster } from "./slot-guard.js";
import { expand, findLive, learnFolded, shortIndexes, WHOLE } from "./whole.js";
import { conflictKeysKey, contextKey, logKey, originsKey, vectorKey, writerKey } from "./names.js";

/** Layout of keys and entries. A server holds one format; another is refused. */
export const FORMAT_VERSION = 3;

/** What `partitions` of a configured root says where it is a hash slot; of a whole server there is no such field. */
export const SLOTS = "slots";

/** Stamps by origin index. */
export type Vector = Record<number, number>;

/**
 * No more than 32 fields: a table of more takes twice the memory, and there may be 16,384 of them. What is alike for all, or of one
 * call, lies elsewhere.
 */
export interface Partition {
  readonly root: string;
  /** Names that every call needs, put together once. */
  readonly writer: string;
  readonly bucketPrefix: string;
  readonly buckets: number;
  /** The server doesn't look at the slots of keys, for it is no node of a cluster: the slot that those of the partition have. */
  readonly checkedSlot: number | undefined;
  ownLog: string;
  readonly deployment: Deployment;
  readonly fence: string;
  /** Origin by index; index 0 is unused so that an index is a byte from 1. */
  readonly origins: string[];
  readonly indexOf: Record<string, number>;
  /** By index: among equal stamps the greater priority is the later. */
  readonly priority: Record<number, number>;
  readonly own: number;
  /** By index: four bytes that name the origin in places of list elements, the same at every server. */
  readonly tags: string[];
  readonly vector: Vector;
  /** The indexes by which the vector is written, sent and compared (state/whole.ts). */
  live: number[];
  readonly contexts: Record<number, Vector>;
  last: number;
  /** Undefined: none has. */
  changed: Record<number, true> | undefined;
  /** Unix time of this call in milliseconds, read once a call. */
  now: number;
  /** A call began and has not ended. */
  isInCall: boolean;
  /** Within an entry of several operations: the keys whose deadline has passed and was put off; see nativeDeadline. */
  putOff: string[] | undefined;
  /** Keys that this process revived; see log/expiry.ts. */
  revivals: Revivals | undefined;
  /** How many keys may hold losers; see conflicts.ts. */
  conflictKeys: number;
  /** How many keys have metadata; see key-count.ts. */
  keys: number;
  /** Within apply: entries of a stream that wait for one another; see effects/stream-batch.ts. */
  batch: EntryBatch | undefined;
  /** What was taken in by state and is ahead of the vector; undefined where nothing is. See sync/views.ts. */
  views: Views | undefined;
  /** By region: the large values that it is given in pages. See sync/large-values.ts. */
  largeExports: Record<string, LargeExport | undefined> | undefined;
  /** Keys that were here before the region are made its own; undefined where that is not so. See state/adopting.ts. */
  adoption: Adoption | undefined;
  /** The key that a command opened and whose operation comes next; see loadKey. */
  opened: KeyState | undefined;
  /** The key whose stored metadata was read last, until something is written; see peek. */
  peekedKey: string | undefined;
  peekedBucket: string;
  peekedStored: string | false;
}

export type Misuse = { err: string };

/** The partition, ready for this call; an error where it was never configured. */
export function enter(root: string): Partition | Misuse {
  const time = host.call("TIME") as string[];
  const cached = host.memory[root] as Partition | undefined;
  const fence = cached?.deployment.isSlot === false ? host.call("GET", cached.writer) : guardedFence(root);
  if (typeof fence === "object") return fence as Misuse;
  if (cached === undefined || cached.isInCall || fence !== cached.fence) return boot(root, millisecondsOf(time));
  cached.now = millisecondsOf(time);
  cached.opened = undefined;
  cached.peekedKey = undefined;
  cached.isInCall = true;
  return cached;
}

/** What is remembered, where that is current, for callers that only look; they may not be allowed to ask. */
export function remembered(root: string): Partition | undefined {
  const cached = host.memory[root] as Partition | undefined;
  if (cached === undefined || cached.isInCall) return undefined;
  return host.pcall("GET", cached.writer) === cached.fence ? cached : undefined;
}

/** The call ended well. One that did not leaves the mark, and what is remembered is read anew. */
export function leave(partition: Partition): void {
  partition.isInCall = false;
}

/** The second that TIME told last, as its text and in milliseconds. */
const second = { text: "", ms: 0 };

function millisecondsOf(time: string[]): number {
  if (second.text !== time[0]) {
    second.text = time[0]!;
    second.ms = integerOf(time[0]!) * 1000;
  }
  return second.ms + Math.floor(integerOf(time[1]!) / 1000);
}

/** The index of an origin, allotted at first sight. */
export function indexOfOrigin(partition: Partition, origin: string): number {
  const known = partition.indexOf[origin];
  if (known !== undefined) return known;
  const index = partition.origins.length;
  host.call("HSET", originsKey(partition.root), host.integerText(index), origin);
  learnOrigin(partition, index, origin);
  learnFolded(partition, partition.vector, index);
  for (const known in partition.contexts) {
    learnFolded(partition, partition.contexts[host.toNumber(`${known}`, 10)]!, index);
  }
  rank(partition);
  return index;
}

/** From [origin stamp ...]. */
export function vectorFrom(partition: Partition, flat: Packed[]): Vector {
  const vector: Vector = {};
  for (let at = 0; at < flat.length; at += 2) {
    vector[indexOfOrigin(partition, flat[at] as string)] = flat[at + 1] as number;
  }
  expand(partition, vector);
  return vector;
}

/** True where the origin's region is one of ours. */
export function isKnownRegion(partition: Partition, origin: string): boolean {
  const region = regionOf(origin);
  if (region === origin) return false;
  for (const known of partition.deployment.regions) if (known === region) return true;
  return false;
}

/** What an origin had seen at its last applied entry; loaded on first use. */
export function contextOf(partition: Partition, origin: number): Vector {
  const cached = partition.contexts[origin];
  if (cached !== undefined) return cached;
  const context: Vector = {};
  const flat = host.call("HGETALL", contextKey(partition.root, partition.origins[origin]!)) as string[];
  for (let at = 0; at < flat.length; at += 2) {
    context[indexOfOrigin(partition, flat[at]!)] = integerOf(flat[at + 1]!);
  }
  expand(partition, context);
  partition.contexts[origin] = context;
  return context;
}

/** True where stamp a of origin x comes after stamp b of origin y in the total order. */
export function isAfter(partition: Partition, a: number, x: number, b: number, y: number): boolean {
  if (a !== b) return a > b;
  return partition.priority[x]! > partition.priority[y]!;
}

/** Our next entry declares where this origin stands. */
export function markChanged(partition: Partition, origin: number): void {
  partition.changed ??= {};
  partition.changed[origin] = true;
}

/** The stamp for what is done now: later than everything seen, and the wall clock where that is ahead. */
export function nextStamp(partition: Partition): number {
  const wall = stampAt(partition.now);
  return wall > partition.last ? wall : partition.last + 1;
}

/** What the root says; an error where it is not configured, or not for us. */
function configuredState(root: string): Record<string, string | undefined> | Misuse {
  const state = pairsOf(host.call("HGETALL", root) as string[]);
  if (state["region"] === undefined || state["regions"] === undefined) {
    return refuse(errors.notConfigured);
  }
  if (state["format"] === host.integerText(FORMAT_VERSION)) return state;
  return {
    err: `MERIDIAN_FORMAT the data here has format ${state["format"] ?? "none"}, this library ${host.integerText(FORMAT_VERSION)}: run the Meridian version that wrote it`,
  };
}

function boot(root: string, now: number): Partition | Misuse {
  const state = configuredState(root);
  if ("err" in state) return state as Misuse;
  const region = state["region"]!;
  const isSlot = state["partitions"] === SLOTS;
  const runId = processMark(host.call("INFO", "server", "replication") as string);
  const fence = host.call("GET", writerKey(root));
  const continues = typeof fence === "string" && fence.substring(0, runId.length + 1) === runId + " ";
  const before = state["origin"];
  const origin = continues && before !== undefined ? before : nextOrigin(root, region, now, runId);
  const partition: Partition = {
    root,
    writer: writerKey(root),
    bucketPrefix: bucketPrefixOf(root),
    buckets: isSlot ? SLOT_BUCKETS : BUCKETS,
    checkedSlot: isSlot && !isCluster() ? host.slotOf(root) : undefined,
    ownLog: logKey(root, origin),
    deployment: deploymentOf(root, state, isSlot),
    fence: runId + " " + origin,
    origins: [""],
    indexOf: {},
    priority: {},
    own: 0,
    tags: [""],
    vector: {},
    live: [],
    contexts: {},
    last: 0,
    changed: undefined,
    now,
    views: undefined,
    adoption: undefined,
    largeExports: undefined,
    opened: undefined,
    peekedKey: undefined,
    peekedBucket: "",
    peekedStored: false,
    isInCall: true,
    putOff: undefined,
    revivals: undefined,
    batch: undefined,
    conflictKeys: host.call("SCARD", conflictKeysKey(root)) as number,
    keys: NOT_COUNTED,
  };
  loadOrigins(partition);
  loadVector(partition);
  partition.views = loadViews(root, (flat) => vectorFrom(partition, flat));
  partition.adoption = loadAdoption(root, (name) => indexOfOrigin(partition, name));
  begin(partition, origin, before);
  host.memory[root] = partition;
  return partition;
}

/** Makes `origin` the one that writes; closes the account of the one before. */
function begin(partition: Partition, origin: string, before: string | undefined): void {
  const { root, vector } = partition;
  if (before !== undefined) {
    const index = indexOfOrigin(partition, before);
    const newest = host.call("XREVRANGE", logKey(root, before), "+", "-", "COUNT", "1") as Reply[][];
    if (newest.length > 0 && vector[index] !== WHOLE) raise(vector, index, stampOfLog(newest[0]![0] as string));
    if (before !== origin) closeOrigin(partition, before, index);
  }
  const own = indexOfOrigin(partition, origin);
  (partition as { own: number }).own = own;
  if (before !== origin) {
    host.call("HSET", root, "origin", origin);
    host.call("SET", writerKey(root), partition.fence);
  }
  findLive(partition);
  for (const index of partition.live) {
    const stamp = vector[index]!;
    if (stamp > partition.last && stamp !== WHOLE) partition.last = stamp;
    if (index !== own) markChanged(partition, index);
  }
  const latest = partition.views?.latest ?? 0;
  if (latest > partition.last) partition.last = latest;
  rank(partition);
}

/**
 * Writes down where the former incarnation stood and what it had seen. Entries of it that were lost here may come back
 * from peers, and each declares only what it saw beyond the entry before it: that is all of our vector, for what is
 * on disk is what came first.
 */
function closeOrigin(partition: Partition, before: string, index: number): void {
  const { root, vector, origins } = partition;
  const seen: string[] = [];
  for (const other of shortIndexes(partition, vector)) {
    if (other !== index) seen.push(origins[other]!, host.integerText(vector[other]!));
  }
  if (vector[index] !== undefined) host.call("HSET", vectorKey(root), before, host.integerText(vector[index]));
  if (seen.length > 0) host.call("HSET", contextKey(root, before), ...seen);
}

/** The stamp of a log row's id. */
export function stampOfLog(id: string): number {
  const dash = id.indexOf("-");
  return stampAt(integerOf(id.substring(0, dash))) + integerOf(id.substring(dash + 1));
}

function raise(vector: Vector, index: number, stamp: number): void {
  const known = vector[index];
  if (known === undefined || stamp > known) vector[index] = stamp;
}

function loadOrigins(partition: Partition): void {
  const flat = host.call("HGETALL", originsKey(partition.root)) as string[];
  const byIndex: Record<number, string> = {};
  for (let at = 0; at < flat.length; at += 2) byIndex[integerOf(flat[at]!)] = flat[at + 1]!;
  for (let index = 1; index <= flat.length / 2; index++) learnOrigin(partition, index, byIndex[index]!);
}

function loadVector(partition: Partition): void {
  const flat = host.call("HGETALL", vectorKey(partition.root)) as string[];
  for (let at = 0; at < flat.length; at += 2) {
    partition.vector[indexOfOrigin(partition, flat[at]!)] = integerOf(flat[at + 1]!);
  }
  expand(partition, partition.vector);
}

function learnOrigin(partition: Partition, index: number, origin: string): void {
  partition.origins[index] = origin;
  marks[index] = String.fromCharCode(Math.floor(index / 256), index % 256);
  partition.tags[index] = tagOf(origin);
  partition.indexOf[origin] = index;
}

/** Among equal stamps the region listed first wins, then the later incarnation. */
function rank(partition: Partition): void {
  const place: Record<string, number> = {};
  for (let at = 0; at < partition.deployment.regions.length; at++) place[partition.deployment.regions[at]!] = at;
  const indexes: number[] = [];
  for (let index = 1; index < partition.origins.length; index++) indexes.push(index);
  indexes.sort((a, b) => {
    const x = partition.origins[a]!;
    const y = partition.origins[b]!;
    const regionX = place[regionOf(x)] ?? partition.deployment.regions.length;
    const regionY = place[regionOf(y)] ?? partition.deployment.regions.length;
    if (regionX !== regionY) return regionY - regionX;
    return x < y ? -1 : x > y ? 1 : 0;
  });
  for (let at = 0; at < indexes.length; at++) partition.priority[indexes[at]!] = at;
}

function pairsOf(flat: string[]): Record<string, string | undefined> {
  const record: Record<string, string | undefined> = {};
  for (let at = 0; at < flat.length; at += 2) record[flat[at]!] = flat[at + 1]!;
  return record;
}
