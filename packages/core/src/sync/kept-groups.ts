/**
 * What the importing region's own groups know of a stream that is replaced: cursors, consumers, what is pending, what came
 * late. It is read before, and given back to each group that is still the same one: that shares a creation.
 *
 * As if the entries had come by the log: what the exporter knows to be acknowledged is, up to there the cursor goes, and what
 * came in below where the group had read already is late (effects/stream-late.ts). What is pending of an entry that is
 * gone goes with it.
 */
import { host, type Reply } from "../host.js";
import { afterId } from "../effects/stream-acks.js";
import { readGroup, storeGroup, type Creation } from "../effects/stream-groups.js";
import { addLate, dropAllLate, lateUpTo } from "../effects/stream-late.js";
import { groupsOf, lastIdOf, type GroupInfo } from "../effects/stream-native.js";
import { livingStream, openStream, type Stream } from "../effects/stream-open.js";
import { loadFrom, loadKey } from "../state/key-state.js";
import type { Partition } from "../state/partition.js";
import { eachRecord, placeOf } from "../state/sequence.js";
import { compareIds, idOfPlace, placeOfId } from "../types/stream-id.js";
import type { StreamParts } from "./stream-carrier.js";

interface KeptGroup extends GroupInfo {
  readonly from: string;
  readonly creations: Creation[];
  readonly consumers: string[];
  /** [id, consumer, idle ms, deliveries] */
  readonly pending: Reply[][];
  readonly late: Record<string, true | undefined>;
}

export interface KeptStream {
  readonly key: string;
  readonly last: string;
  readonly groups: KeptGroup[];
  /** Places of the entries that were here. */
  readonly had: Record<string, true | undefined>;
}

const PENDING_MAX = "1000000000";

/** Undefined where no group of a stream is under the key. */
export function keepGroups(partition: Partition, key: string, bucket: string, stored: string): KeptStream | undefined {
  const state = loadFrom(partition, key, bucket, stored);
  if (state.alive["x"] !== true) return undefined;
  const { native, side, holders } = openStream(partition, state);
  if (host.call("EXISTS", native) === 0) return undefined;
  const groups: KeptGroup[] = [];
  for (const info of groupsOf(native)) {
    const known = readGroup(holders, info.name);
    if (known !== undefined) groups.push(keptGroup(partition.root, key, native, info, known.from, known.creations));
  }
  if (groups.length === 0) return undefined;
  const had: Record<string, true | undefined> = {};
  eachRecord(side, 0, host.call("LLEN", side) as number, (record) => {
    had[placeOf(record)] = true;
  });
  return { key, last: lastIdOf(native), groups, had };
}

function keptGroup(
  root: string,
  key: string,
  native: string,
  { name, delivered, read }: GroupInfo,
  from: string,
  creations: Creation[],
): KeptGroup {
  const consumers: string[] = [];
  for (const flat of host.call("XINFO", "CONSUMERS", native, name) as string[][]) consumers.push(flat[1]!);
  const pending = host.call("XPENDING", native, name, "-", "+", PENDING_MAX) as Reply[][];
  const late: Record<string, true | undefined> = {};
  for (const place of lateUpTo(root, key, name, placeOfId(delivered))) late[place] = true;
  return { name, delivered, read, from, creations, consumers, pending, late };
}

/** After the stream was replaced, and our own operations were made upon it again. `parts`: what came; undefined: nothing. */
export function giveBack(partition: Partition, kept: KeptStream, parts: StreamParts | undefined): void {
  const stream = livingStream(partition, loadKey(partition, kept.key));
  if (stream === undefined) return;
  const came: Record<string, true | undefined> = {};
  for (const record of parts?.[1] ?? []) came[placeOf(record)] = true;
  for (const group of kept.groups) {
    const known = readGroup(stream.holders, group.name);
    if (known === undefined || !isSame(known.creations, group.creations)) continue;
    storeGroup(stream.holders, group.name, { from: group.from, creations: known.creations });
    const isAcknowledged = acknowledgedOf(group.name, parts, came);
    giveBackGroup(stream, kept, group, isAcknowledged);
  }
}

function isSame(left: Creation[], right: Creation[]): boolean {
  for (const { stamp, origin } of left) {
    for (const other of right) if (other.stamp === stamp && other.origin === origin) return true;
  }
  return false;
}

interface Acknowledged {
  /** Up to where the cursor goes at least. */
  readonly to: string;
  is(this: void, id: string): boolean;
}

/** What the exporter knows to be acknowledged of the group. */
function acknowledgedOf(
  name: string,
  parts: StreamParts | undefined,
  came: Record<string, true | undefined>,
): Acknowledged {
  const flat = parts?.[3] ?? [];
  for (let at = 0; at < flat.length; at += 3) {
    if (flat[at] !== name) continue;
    const from = flat[at + 1]!;
    const to = flat[at + 2]!;
    return {
      to,
      is: (id) => compareIds(from, id) < 0 && compareIds(id, to) <= 0 && came[placeOfId(id)] === true,
    };
  }
  return { to: "0-0", is: () => false };
}

function giveBackGroup(stream: Stream, kept: KeptStream, group: KeptGroup, acknowledged: Acknowledged): void {
  const { native } = stream;
  const { name, delivered, read } = group;
  const cursor = compareIds(acknowledged.to, delivered) > 0 ? acknowledged.to : delivered;
  const options = cursor === delivered && typeof read === "number" ? ["ENTRIESREAD", host.integerText(read)] : [];
  host.call("XGROUP", "SETID", native, name, cursor, ...options);
  for (const consumer of group.consumers) host.call("XGROUP", "CREATECONSUMER", native, name, consumer);
  for (const [id, consumer, idle, deliveries] of group.pending as [string, string, number, number][]) {
    if (acknowledged.is(id)) continue;
    const times = ["IDLE", host.integerText(idle), "RETRYCOUNT", host.integerText(deliveries)];
    host.call("XCLAIM", native, name, consumer, "0", id, ...times, "FORCE", "JUSTID");
  }
  giveBackLate(stream, kept, group, cursor, acknowledged);
}

function giveBackLate(
  { partition, state, side }: Stream,
  kept: KeptStream,
  { name, delivered, late }: KeptGroup,
  cursor: string,
  acknowledged: Acknowledged,
): void {
  const wasBeyond = compareIds(delivered, kept.last) > 0;
  const places: string[] = [];
  const size = host.call("LLEN", side) as number;
  eachRecord(side, 0, afterId(side, size, cursor), (record) => {
    const place = placeOf(record);
    const id = idOfPlace(place);
    if (acknowledged.is(id)) return;
    const isPassed = compareIds(id, delivered) > 0;
    const isNew = kept.had[place] !== true && !wasBeyond;
    if (isPassed || isNew || late[place] === true) places.push(place);
  });
  dropAllLate(partition.root, state.key, name);
  addLate(partition.root, state.key, name, places);
}
