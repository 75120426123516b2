/** What a key of the model keyspace holds: the native types that Meridian uses, and a deadline (0 = none). */
import type { SortedSet } from "./sorted-set.js";
import { cloneStream, type StreamValue } from "./stream-value.js";

export type Value =
  | { type: "string"; text: string }
  | { type: "hash"; fields: Map<string, string> }
  | { type: "set"; members: Set<string> }
  | { type: "list"; items: string[] }
  | { type: "zset"; set: SortedSet }
  | StreamValue;

export type ValueOf<T extends Value["type"]> = Extract<Value, { type: T }>;

export interface Slot {
  value: Value;
  expiresAtMs: number;
  /** The snapshot generation in which this slot may be changed in place. */
  generation: number;
}

export function cloneValue(value: Value): Value {
  switch (value.type) {
    case "string":
      return { type: "string", text: value.text };
    case "hash":
      return { type: "hash", fields: new Map(value.fields) };
    case "set":
      return { type: "set", members: new Set(value.members) };
    case "list":
      return { type: "list", items: [...value.items] };
    case "zset":
      return { type: "zset", set: value.set.clone() };
    case "stream":
      return cloneStream(value);
  }
}

export function isEmpty(value: Value): boolean {
  if (value.type === "hash") return value.fields.size === 0;
  if (value.type === "list") return value.items.length === 0;
  if (value.type === "zset") return value.set.size === 0;
  return value.type === "set" && value.members.size === 0;
}
