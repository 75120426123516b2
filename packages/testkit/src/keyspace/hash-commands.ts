/** Hashes, with Redis's replies, order of checks and errors. */
import type { Reply } from "@meridian/core";
import { arityError, errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { decimalText, int64, int64Max, int64Min, parseDecimal, parseInt64, rounded } from "./numbers.js";

function fieldsOf(keyspace: ModelKeyspace, key: string): ReadonlyMap<string, string> {
  return keyspace.read(key, "hash")?.fields ?? new Map<string, string>();
}

function editFields(keyspace: ModelKeyspace, key: string): Map<string, string> {
  return keyspace.editOrCreate(key, "hash", { type: "hash", fields: new Map() }).fields;
}

function hset(keyspace: ModelKeyspace, [key = "", ...pairs]: string[], name: string): Reply {
  if (pairs.length % 2 !== 0) refuse(arityError(name));
  const fields = editFields(keyspace, key);
  const before = fields.size;
  for (let at = 0; at < pairs.length; at += 2) fields.set(pairs[at] ?? "", pairs[at + 1] ?? "");
  return fields.size - before;
}

function hsetnx(keyspace: ModelKeyspace, [key = "", field = "", text = ""]: string[]): Reply {
  if (fieldsOf(keyspace, key).has(field)) return 0;
  editFields(keyspace, key).set(field, text);
  return 1;
}

function hdel(keyspace: ModelKeyspace, [key = "", ...names]: string[]): Reply {
  const fields = keyspace.edit(key, "hash")?.fields;
  if (!fields) return 0;
  const removed = names.filter((field) => fields.delete(field)).length;
  keyspace.removeIfEmpty(key);
  return removed;
}

function hincrby(keyspace: ModelKeyspace, [key = "", field = "", byText = ""]: string[]): Reply {
  const by = int64(byText);
  const text = fieldsOf(keyspace, key).get(field) ?? "0";
  const sum = (parseInt64(text) ?? refuse(errorTexts.hashNotInteger)) + by;
  if (sum > int64Max || sum < int64Min) refuse(errorTexts.overflow);
  editFields(keyspace, key).set(field, sum.toString());
  return Number(sum);
}

function hincrbyfloat(keyspace: ModelKeyspace, [key = "", field = "", byText = ""]: string[]): Reply {
  const by = parseDecimal(byText) ?? refuse(errorTexts.notFloat);
  if (by === "infinite") return refuse(errorTexts.incrementNotFinite);
  const value = parseDecimal(fieldsOf(keyspace, key).get(field) ?? "0") ?? refuse(errorTexts.hashNotFloat);
  if (value === "infinite") return refuse(errorTexts.notFinite);
  const sum = decimalText(keyspace.exactFloats ? value + by : rounded(value + by));
  editFields(keyspace, key).set(field, sum);
  return sum;
}

/** HSCAN key cursor COUNT count: the fields in the order in which they were added, the cursor being a place in it. */
function scanFields(keyspace: ModelKeyspace, [key = "", cursor = "0", , count = "10"]: string[]): Reply {
  const fields = [...fieldsOf(keyspace, key)];
  const from = Number(cursor);
  const to = from + Number(count);
  return [to < fields.length ? String(to) : "0", fields.slice(from, to).flat()];
}

export const hashCommands: Record<string, Command> = {
  HGET: [3, (keyspace, [key = "", field = ""]) => fieldsOf(keyspace, key).get(field) ?? false],
  HMGET: [
    -3,
    (keyspace, [key = "", ...names]) => {
      const fields = fieldsOf(keyspace, key);
      return names.map((field) => fields.get(field) ?? false);
    },
  ],
  HGETALL: [2, (keyspace, [key = ""]) => [...fieldsOf(keyspace, key)].flat()],
  HSCAN: [-3, scanFields],
  HKEYS: [2, (keyspace, [key = ""]) => [...fieldsOf(keyspace, key).keys()]],
  HLEN: [2, (keyspace, [key = ""]) => fieldsOf(keyspace, key).size],
  HEXISTS: [3, (keyspace, [key = "", field = ""]) => (fieldsOf(keyspace, key).has(field) ? 1 : 0)],
  HSET: [-4, hset],
  HMSET: [
    -4,
    (keyspace, args, name) => {
      hset(keyspace, args, name);
      return { ok: "OK" };
    },
  ],
  HSETNX: [4, hsetnx],
  HDEL: [-3, hdel],
  HINCRBY: [4, hincrby],
  HINCRBYFLOAT: [4, hincrbyfloat],
};
