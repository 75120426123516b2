/** What a client of one region sees: type, value and deadline of each key, read natively. */
import { parseDecimal, type ModelKeyspace } from "@meridian/testkit";
import { isOwnKey } from "./names.js";
import { sketchForm } from "./sketch-form.js";
import { copyOf, detailOf, streamForm, type StreamDetail } from "./stream-form.js";

export interface Visible {
  type: "string" | "hash" | "set" | "zset" | "list" | "stream" | "hyperloglog";
  /** The text, or the sorted fields (members) with their texts (scores), or the sorted members, or the elements. */
  value: string | [string, string][] | string[];
  /** Unix ms; 0 for ever. */
  deadlineMs: number;
}

export type VisibleState = Map<string, Visible>;

export function visibleState(keyspace: ModelKeyspace): VisibleState {
  return keyspace.atomic(() => {
    const state: VisibleState = new Map();
    for (const key of keyspace.keys().sort()) {
      const seen = isOwnKey(key) ? undefined : visibleKey(keyspace, key);
      if (seen) state.set(key, seen);
    }
    return state;
  });
}

export function visibleKey(keyspace: ModelKeyspace, key: string): Visible | undefined {
  const slot = keyspace.slot(key);
  if (!slot) return undefined;
  const { value, expiresAtMs: deadlineMs } = slot;
  switch (value.type) {
    case "string":
      return visibleText(value.text, deadlineMs);
    case "hash":
      return { type: "hash", value: [...value.fields].sort(([left], [right]) => (left < right ? -1 : 1)), deadlineMs };
    case "set":
      return { type: "set", value: [...value.members].sort(), deadlineMs };
    case "zset":
      return {
        type: "zset",
        value: value.set.members
          .map(({ member, score }): [string, string] => [member, String(score)])
          .sort(([left], [right]) => (left < right ? -1 : 1)),
        deadlineMs,
      };
    case "list":
      return { type: "list", value: [...value.items], deadlineMs };
    case "stream": {
      const visible: Visible = { type: "stream", value: streamForm(value), deadlineMs };
      details.set(visible, detailOf(keyspace, key, value));
      return visible;
    }
  }
}

/** What only its own region knows of a stream. */
const details = new WeakMap<Visible, StreamDetail>();

export function streamDetail(visible: Visible | undefined): StreamDetail | undefined {
  return visible && details.get(visible);
}

/** The bytes behind what is compared by its registers. */
const bytes = new WeakMap<Visible, string>();

/** A string; one that is a HyperLogLog is seen as its registers (sketch-form.ts), whoever wrote it. */
export function visibleText(text: string, deadlineMs: number): Visible {
  const form = sketchForm(text);
  if (form === undefined) return { type: "string", value: text, deadlineMs };
  const visible: Visible = { type: "hyperloglog", value: form, deadlineMs };
  bytes.set(visible, text);
  return visible;
}

/** Loads what was visible into a plain keyspace. */
export function load(keyspace: ModelKeyspace, state: VisibleState): void {
  keyspace.clear();
  for (const [key, visible] of state) {
    const { type, value, deadlineMs } = visible;
    if (type === "string") keyspace.put(key, { type, text: value as string }, deadlineMs);
    else if (type === "hyperloglog") keyspace.put(key, { type: "string", text: bytes.get(visible)! }, deadlineMs);
    else if (type === "hash") keyspace.put(key, { type, fields: new Map(value as [string, string][]) }, deadlineMs);
    else if (type === "set") keyspace.put(key, { type, members: new Set(value as string[]) }, deadlineMs);
    else if (type === "zset") loadSortedSet(keyspace, key, value as [string, string][], deadlineMs);
    else if (type === "list") keyspace.put(key, { type, items: [...(value as string[])] }, deadlineMs);
    else keyspace.put(key, copyOf(details.get(visible)!.stream), deadlineMs);
  }
}

function loadSortedSet(keyspace: ModelKeyspace, key: string, pairs: [string, string][], deadlineMs: number): void {
  for (const [member, score] of pairs) keyspace.call("ZADD", key, score, member);
  keyspace.setDeadline(key, deadlineMs);
}

/** Equal, to the last byte. */
export function sameVisible(left: Visible | undefined, right: Visible | undefined): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

const TOLERANCE = 100000n;
const RELATIVE = 10n ** 15n;

/** Equal, but for the last digits of numbers: plain Redis adds long doubles, Meridian exact decimals. */
export function nearlySame(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, at) => nearlySame(item, right[at]));
  }
  if (typeof left === "number" && typeof right === "number") return left === right;
  if (typeof left !== "string" || typeof right !== "string" || left === right) {
    return JSON.stringify(left) === JSON.stringify(right);
  }
  const [a, b] = [parseDecimal(left), parseDecimal(right)];
  if (typeof a !== "bigint" || typeof b !== "bigint") return false;
  const difference = a > b ? a - b : b - a;
  return difference <= TOLERANCE || difference * RELATIVE < (a < 0n ? -a : a);
}
