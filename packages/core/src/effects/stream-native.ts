/**
 * The native stream, and how an entry gets a place before others in it: Redis only appends.
 *
 * Everything after the place is read, deleted and added again, with the last id set back in between. What groups know (their
 * cursors, their pending entries) is not touched by that. It costs what was added since, so entries come in batches where
 * they can.
 *
 * A node of the server's tree whose entries are deleted keeps their room until all of them are. So that a stream which often
 * gets late entries does not grow holes, the rewriting begins further back where many nodes were made since it last did.
 */
import { callInPieces, errorOf, host, type Reply } from "../host.js";
import { compareIds, LEAST_ID, ZERO_ID } from "../types/stream-id.js";

/** [id, [field, value, ...]] as the server replies it. */
export type NativeEntry = [string, string[]];

export interface StreamInfo {
  readonly last: string;
  /** Entries ever added, by the server's count. */
  readonly added: number;
  readonly maxDeleted: string;
  /** Nodes of the server's tree. */
  readonly nodes: number;
}

/** Fields and values of one entry: what fits Lua's argument stack. */
export const ENTRY_ARGUMENTS_MAX = 7000;
const INT64_MAX = "9223372036854775807";
const EXACT_MAX = 9007199254740991;

export function streamInfo(native: string): StreamInfo {
  const named = namedReplies(host.call("XINFO", "STREAM", native) as Reply[]);
  return {
    last: named["last-generated-id"] as string,
    added: named["entries-added"] as number,
    maxDeleted: named["max-deleted-entry-id"] as string,
    nodes: named["radix-tree-keys"] as number,
  };
}

function namedReplies(flat: Reply[]): Record<string, Reply> {
  const named: Record<string, Reply> = {};
  for (let at = 0; at < flat.length; at += 2) named[flat[at] as string] = flat[at + 1]!;
  return named;
}

export interface GroupInfo {
  readonly name: string;
  /** The cursor: the last id delivered. */
  readonly delivered: string;
  /** Entries read, as far as the server knows. */
  readonly read: Reply;
}

export function groupsOf(native: string): GroupInfo[] {
  const groups: GroupInfo[] = [];
  for (const flat of host.call("XINFO", "GROUPS", native) as Reply[][]) {
    const named = namedReplies(flat);
    groups.push({
      name: named["name"] as string,
      delivered: named["last-delivered-id"] as string,
      read: named["entries-read"]!,
    });
  }
  return groups;
}

/** The group, which is there. */
export function groupOf(native: string, name: string): GroupInfo {
  for (const group of groupsOf(native)) if (group.name === name) return group;
  return { name, delivered: ZERO_ID, read: false };
}

/** The last id ever added; 0-0 where there is no such stream. */
export function lastIdOf(native: string): string {
  return host.call("EXISTS", native) === 1 ? streamInfo(native).last : ZERO_ID;
}

/** Appends; false where the server refuses, for something as late or later was there. */
export function appendNative(native: string, id: string, fields: string[]): boolean {
  return errorOf(host.pcall("XADD", native, id, ...fields)) === undefined;
}

/** A stream without entries, where there is none. */
export function makeEmpty(native: string): void {
  if (host.call("EXISTS", native) === 1) return;
  host.call("XGROUP", "CREATE", native, "-", "0", "MKSTREAM");
  host.call("XGROUP", "DESTROY", native, "-");
}

/** The server's count as XSETID takes it: what a Lua number does not hold exactly becomes the greatest. */
export function addedText(added: number): string {
  return added >= 0 && added <= EXACT_MAX ? host.integerText(added) : INT64_MAX;
}

/** Sets what the stream remembers of entries that are gone. 0-0, for none deleted, can't be set. */
export function setInfo(native: string, last: string, added: string, maxDeleted: string): void {
  if (maxDeleted === ZERO_ID) {
    host.call("XSETID", native, last, "ENTRIESADDED", added);
    return;
  }
  const deleted = compareIds(maxDeleted, last) > 0 ? last : maxDeleted;
  host.call("XSETID", native, last, "ENTRIESADDED", added, "MAXDELETEDID", deleted);
}

/** Sets the last id back. Newer servers take none below the greatest deleted, so that goes back first. */
function lowerLastId(native: string, info: StreamInfo, id: string): void {
  const highest = compareIds(info.last, info.maxDeleted) > 0 ? info.last : info.maxDeleted;
  host.call("XSETID", native, highest, "MAXDELETEDID", LEAST_ID);
  host.call("XSETID", native, id === ZERO_ID ? LEAST_ID : id);
}

export function raiseLastId(native: string, id: string): void {
  if (compareIds(streamInfo(native).last, id) < 0) host.call("XSETID", native, id);
}

/**
 * Puts entries in at their ids. `tail` is what is in the stream from the first of them on, `merged` the tail with them,
 * `before` the id right before the tail (0-0 none), `count` how many of `merged` are new.
 */
export function rewriteTail(
  root: string,
  native: string,
  before: string,
  tail: NativeEntry[],
  merged: NativeEntry[],
  count: number,
): void {
  const info = streamInfo(native);
  const carried = tail.length > 0 ? carriedBefore(root, native, info, before) : [];
  deleteEntries(native, carried);
  deleteEntries(native, tail);
  const top = carried.length > 0 ? newestId(native) : before;
  lowerLastId(native, info, top);
  for (const [id, fields] of carried) host.call("XADD", native, id, ...fields);
  for (const [id, fields] of merged) host.call("XADD", native, id, ...fields);
  const newest = merged[merged.length - 1]![0];
  const last = compareIds(newest, info.last) > 0 ? newest : info.last;
  setInfo(native, last, addedText(info.added + count), info.maxDeleted === ZERO_ID ? LEAST_ID : info.maxDeleted);
}

export function deleteIds(native: string, ids: string[]): void {
  if (ids.length > 0) callInPieces("XDEL", native, ids);
}

function deleteEntries(native: string, entries: NativeEntry[]): void {
  const ids: string[] = [];
  for (const [id] of entries) ids.push(id);
  deleteIds(native, ids);
}

function newestId(native: string): string {
  const newest = host.call("XREVRANGE", native, "+", "-", "COUNT", "1") as NativeEntry[];
  return newest.length > 0 ? newest[0]![0] : ZERO_ID;
}

/** Of one native key. */
interface Packing {
  /** Its nodes when it was last packed. */
  nodes: number;
  /** Before what it was rewritten since: nodes with room for more entries lie after this id. "": it was not. */
  since: string;
}

/** What is remembered in the process; where it is lost, packing begins anew. */
interface Packings {
  byKey: Record<string, Packing | undefined>;
  count: number;
}

/** So many more nodes, and what was added since is packed anew. */
const NODES_MORE = 32;
const PACKED_MAX = 4000;
const REMEMBERED_MAX = 1000;

function packingsOf(root: string): Packings {
  const name = root + " packings";
  let packings = host.memory[name] as Packings | undefined;
  if (packings === undefined || packings.count >= REMEMBERED_MAX) {
    packings = { byKey: {}, count: 0 };
    host.memory[name] = packings;
  }
  return packings;
}

/** The entries before the tail that are to be packed anew: seldom any, so that each is about once. */
function carriedBefore(root: string, native: string, info: StreamInfo, before: string): NativeEntry[] {
  const packings = packingsOf(root);
  let packing = packings.byKey[native];
  if (packing === undefined) {
    packing = { nodes: info.nodes, since: "" };
    packings.byKey[native] = packing;
    packings.count++;
  }
  if (packing.since === "" || compareIds(before, packing.since) < 0) packing.since = before;
  if (info.nodes < packing.nodes) packing.nodes = info.nodes;
  if (info.nodes < packing.nodes + NODES_MORE || before === ZERO_ID) return [];
  const { since } = packing;
  packing.nodes = info.nodes;
  packing.since = before;
  if (since === before) return [];
  const count = host.integerText(PACKED_MAX);
  const newestFirst = host.call("XREVRANGE", native, before, "(" + since, "COUNT", count) as NativeEntry[];
  const entries: NativeEntry[] = [];
  for (let at = newestFirst.length - 1; at >= 0; at--) entries.push(newestFirst[at]!);
  return entries;
}
