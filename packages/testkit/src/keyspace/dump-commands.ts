/**
 * DUMP and RESTORE, with Redis's errors and their order.
 *
 * A payload is the model's own: a header, a checksum, and the value as JSON. Servers and the model can't read each
 * other's.
 */
import { createHash } from "node:crypto";
import type { Reply } from "@meridian/core";
import { doubleText, parseDouble } from "./doubles.js";
import { errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { int64 } from "./numbers.js";
import { SortedSet } from "./sorted-set.js";
import { StreamEntry, type StreamGroup } from "./stream-value.js";
import type { Value } from "./value.js";

const HEADER = "MERIDIAN-MODEL-1 ";
const CHECKSUM_LENGTH = 40;
const FREQUENCY_MAX = 255n;

type Json = string | number | Json[];

function checksum(text: string): string {
  return createHash("sha1").update(text, "latin1").digest("hex");
}

function contentsOf(value: Value): Json {
  switch (value.type) {
    case "string":
      return value.text;
    case "hash":
      return [...value.fields];
    case "set":
      return [...value.members];
    case "list":
      return value.items;
    case "zset":
      return value.set.members.map(({ member, score }) => [member, doubleText(score)]);
    case "stream": {
      const entries = value.entries.map(({ order, fields }) => [String(order), fields]);
      const counts = [value.last, value.maxDeleted, value.added].map(String);
      return [entries, counts, [...value.groups].map(([name, group]) => [name, ...groupContents(group)])];
    }
  }
}

function groupContents({ last, read, pending, consumers }: StreamGroup): Json[] {
  const entries = pending.map((entry): Json => {
    return [String(entry.order), entry.consumer, entry.deliveredMs, String(entry.deliveries)];
  });
  return [String(last), String(read), entries, [...consumers]];
}

type DumpedGroup = [
  name: string,
  last: string,
  read: string,
  pending: [order: string, consumer: string, deliveredMs: number, deliveries: string][],
  consumers: [string, number][],
];
type DumpedStream = [
  entries: [order: string, fields: string[]][],
  counts: [last: string, maxDeleted: string, added: string],
  groups: DumpedGroup[],
];

function valueOf(type: string, contents: unknown): Value {
  switch (type) {
    case "hash":
      return { type, fields: new Map(contents as [string, string][]) };
    case "set":
      return { type, members: new Set(contents as string[]) };
    case "list":
      return { type, items: contents as string[] };
    case "zset": {
      const members = (contents as [string, string][]).map(([member, score]) => {
        return { member, score: parseDouble(score) ?? 0 };
      });
      return { type, set: SortedSet.of(members) };
    }
    case "stream":
      return streamOf(contents as DumpedStream);
    default:
      return { type: "string", text: contents as string };
  }
}

function streamOf([entries, counts, groups]: DumpedStream): Value {
  return {
    type: "stream",
    entries: entries.map(([order, fields]) => new StreamEntry(BigInt(order), fields)),
    last: BigInt(counts[0]),
    maxDeleted: BigInt(counts[1]),
    added: BigInt(counts[2]),
    groups: new Map(groups.map(([name, ...group]) => [name, groupOf(group)])),
  };
}

function groupOf([last, read, pending, consumers]: DumpedGroup extends [string, ...infer T] ? T : never): StreamGroup {
  return {
    last: BigInt(last),
    read: BigInt(read),
    pending: pending.map(([order, consumer, deliveredMs, deliveries]) => {
      return { order: BigInt(order), consumer, deliveredMs, deliveries: BigInt(deliveries) };
    }),
    consumers: new Map(consumers),
  };
}

function dump(keyspace: ModelKeyspace, [key = ""]: string[]): Reply {
  const value = keyspace.slot(key)?.value;
  if (!value) return false;
  const body = JSON.stringify([value.type, contentsOf(value)]);
  return HEADER + checksum(body) + body;
}

function load(payload: string): Value {
  const bodyAt = HEADER.length + CHECKSUM_LENGTH;
  const body = payload.slice(bodyAt);
  if (payload.slice(0, bodyAt) !== HEADER + checksum(body)) refuse(errorTexts.dumpPayload);
  const [type, contents] = JSON.parse(body) as [string, unknown];
  return valueOf(type, contents);
}

interface RestoreOptions {
  replace: boolean;
  absolute: boolean;
}

/** IDLETIME and FREQ are checked, as Redis does, and forgotten: the model evicts nothing. */
function parseRestoreOptions(args: string[]): RestoreOptions {
  const options: RestoreOptions = { replace: false, absolute: false };
  let kind: string | undefined;
  for (let at = 0; at < args.length; at++) {
    const word = (args[at] ?? "").toUpperCase();
    const next = args[at + 1];
    if (word === "REPLACE") options.replace = true;
    else if (word === "ABSTTL") options.absolute = true;
    else if ((word === "IDLETIME" || word === "FREQ") && next !== undefined && (kind ?? word) === word) {
      kind = word;
      at++;
      const value = int64(next);
      if (word === "IDLETIME" && value < 0n) refuse(errorTexts.restoreIdle);
      if (word === "FREQ" && (value < 0n || value > FREQUENCY_MAX)) refuse(errorTexts.restoreFrequency);
    } else refuse(errorTexts.syntax);
  }
  return options;
}

function restore(keyspace: ModelKeyspace, [key = "", ttlText = "", payload = "", ...args]: string[]): Reply {
  const { replace, absolute } = parseRestoreOptions(args);
  if (!replace && keyspace.slot(key)) refuse(errorTexts.busyKey);
  const ttl = int64(ttlText);
  if (ttl < 0n) refuse(errorTexts.restoreTtl);
  const value = load(payload);
  const now = keyspace.nowMs();
  const deadline = ttl === 0n || absolute ? ttl : BigInt.asIntN(64, ttl + BigInt(now));
  keyspace.remove(key);
  if (deadline === 0n || deadline > BigInt(now)) keyspace.put(key, value, Number(deadline));
  return { ok: "OK" };
}

export const dumpCommands: Record<string, Command> = {
  DUMP: [2, dump],
  RESTORE: [-4, restore],
};
