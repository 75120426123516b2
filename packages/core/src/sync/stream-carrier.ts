/**
 * Streams in a piece (sync/carriers.ts). Entries, lives and groups are those of the exporter. What groups delivered is each
 * region's own, so of that only this goes along: up to where each group's entries are all acknowledged, as the exporter
 * knows it. A group that is new to the importer begins there.
 */
import { callInPieces, host, type Packed } from "../host.js";
import { completePrefix } from "../effects/stream-acks.js";
import { eachGroup, LIVES, readGroup, storeGroup } from "../effects/stream-groups.js";
import { streamKind } from "../effects/stream-kind.js";
import { appendNative, groupsOf, makeEmpty, setInfo } from "../effects/stream-native.js";
import { openStream } from "../effects/stream-open.js";
import type { KeyState } from "../state/key-state.js";
import type { Partition } from "../state/partition.js";
import { compareIds } from "../types/stream-id.js";
import { mapHolder, mapRecord, type OriginMap } from "./origin-map.js";

/** [last, greatest deleted, entries ever added, id, count, field, value, ...] */
const HEAD = 3;

/** [value, [record ...], [field, stored ...], [group, from, acknowledged up to ...]] */
export type StreamParts = [string[], string[], string[], string[]];

export function takeStream(partition: Partition, state: KeyState): Packed {
  const { native, side, holders } = openStream(partition, state);
  if (host.call("EXISTS", native) === 0) return [[], [], [], []];
  const acknowledged: string[] = [];
  for (const { name } of groupsOf(native)) {
    const group = readGroup(holders, name);
    if (group === undefined) continue;
    const prefix = completePrefix(partition.root, state.key, native, name) ?? group.from;
    acknowledged.push(name, group.from, compareIds(prefix, group.from) > 0 ? prefix : group.from);
  }
  return [
    streamKind.read(native),
    host.call("LRANGE", side, "0", "-1") as string[],
    host.call("HGETALL", holders) as string[],
    acknowledged,
  ];
}

export function putStream(map: OriginMap, state: KeyState, parts: Packed): void {
  const [value, records, held, acknowledged] = parts as StreamParts;
  if (value.length === 0) return;
  const { native, side, holders } = openStream(map.partition, state);
  for (let at = HEAD; at < value.length;) {
    const size = host.toNumber(value[at + 1]!, 10);
    appendNative(native, value[at]!, value.slice(at + 2, at + 2 + size));
    at += 2 + size;
  }
  makeEmpty(native);
  setInfo(native, value[0]!, value[2]!, value[1]!);
  for (let at = 0; at < records.length; at++) records[at] = mapRecord(map, records[at]!);
  if (records.length > 0) callInPieces("RPUSH", side, records);
  for (let at = 0; at < held.length; at += 2) held[at + 1] = mapHolder(map, held[at + 1]!, held[at] === LIVES);
  if (held.length > 0) callInPieces("HSET", holders, held);
  const begins: Record<string, string | undefined> = {};
  for (let at = 0; at < acknowledged.length; at += 3) begins[acknowledged[at]!] = acknowledged[at + 2];
  eachGroup(holders, (name, { from, creations }) => {
    const begin = begins[name] ?? from;
    host.call("XGROUP", "CREATE", native, name, begin);
    storeGroup(holders, name, { from: begin, creations });
  });
}
