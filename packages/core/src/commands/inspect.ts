/**
 * inspect key: everything that is kept about a key, as JSON text (bytes, so latin1 to a reader in Node).
 *
 *     {"key", "type": "string"|"hash"|"set"|"none", "deadlineMs": 0 for ever, "region", "nowMs",
 *      "string": cell, "hash": {field: cell}, "set": {member: [dot]},
 *      "deadlines": [dot and "atMs"], "weakDeadlines": [dot and "atMs"]}
 *     cell = {"registers": [dot and "value", "shows", "expiresAtMs" (0 never, -1 the key's deadline rules)],
 *             "counters": [{"origin", "epoch", "sum", "stamp", "resetSum", "resetStamp", "isFloat"}]}
 *     dot = {"origin", "stamp"}
 *
 * Registers that do not show are the losers of concurrent writes. At most FIELDS_MAX fields and members are listed.
 */
import { host, type Reply } from "../host.js";
import { regionOf } from "../clock/origin.js";
import type { Deadline, TypeCode } from "../state/codec.js";
import { eachCell, eachMember, loadKey, rulingDeadline, type KeyState } from "../state/key-state.js";
import { isAfter, type Partition } from "../state/partition.js";
import { isLive, winner, type Cell, type Register } from "../types/cell.js";

const FIELDS_MAX = 1000;
const TYPE_NAMES: Record<string, string | undefined> = { s: "string", h: "hash", e: "set" };

export function inspect(partition: Partition, args: string[]): Reply {
  const key = args[1];
  if (key === undefined) return { err: "MERIDIAN_BADINSPECT inspect takes a key" };
  const state = loadKey(partition, key);
  const members = [
    pair("key", text(key)),
    pair("type", text(TYPE_NAMES[state.shown] ?? "none")),
    pair("deadlineMs", integer(rulingDeadline(partition, state))),
    pair("region", text(partition.region)),
    pair("nowMs", integer(partition.now)),
  ];
  if (isLive(state.cell)) members.push(pair("string", cellJson(partition, state, state.cell, "s", "")));
  if (state.hasHash) members.push(pair("hash", fieldsJson(partition, state)));
  if (state.hasSet) members.push(pair("set", membersJson(partition, state)));
  members.push(pair("deadlines", deadlinesJson(partition, state.deadlines)));
  members.push(pair("weakDeadlines", deadlinesJson(partition, state.weakDeadlines)));
  return object(members);
}

function cellJson(partition: Partition, state: KeyState, cell: Cell, type: TypeCode, field: string): string {
  const best = winner(partition, cell);
  const registers: string[] = [];
  for (const register of latestFirst(partition, cell)) {
    const value = register.value ?? nativeValue(state, type, field);
    registers.push(
      object([
        ...dot(partition, register.stamp, register.origin),
        pair("value", text(value)),
        pair("shows", register === best && state.shown === type ? "true" : "false"),
        pair("expiresAtMs", integer(register.expiresAt)),
      ]),
    );
  }
  const counters: string[] = [];
  for (const counter of cell.counters) {
    counters.push(
      object([
        ...dot(partition, counter.stamp, counter.origin),
        pair("epoch", integer(counter.epoch)),
        pair("sum", text(counter.sum)),
        pair("resetSum", text(counter.resetSum)),
        pair("resetStamp", integer(counter.resetStamp)),
        pair("isFloat", counter.isFloat ? "true" : "false"),
      ]),
    );
  }
  return object([pair("registers", array(registers)), pair("counters", array(counters))]);
}

/** The same order in every region, whatever order they came in. */
function latestFirst(partition: Partition, cell: Cell): Register[] {
  const registers = cell.registers.slice(0);
  registers.sort((a, b) => (isAfter(partition, a.stamp, a.origin, b.stamp, b.origin) ? -1 : 1));
  return registers;
}

function nativeValue(state: KeyState, type: TypeCode, field: string): string {
  if (state.shown !== type) return "";
  const value = type === "s" ? host.call("GET", state.key) : host.call("HGET", state.key, field);
  return typeof value === "string" ? value : "";
}

function fieldsJson(partition: Partition, state: KeyState): string {
  const fields: string[] = [];
  eachCell(partition, state, (field, cell) => {
    if (fields.length < FIELDS_MAX) fields.push(pair(field, cellJson(partition, state, cell, "h", field)));
  });
  return object(fields);
}

function membersJson(partition: Partition, state: KeyState): string {
  const members: string[] = [];
  eachMember(partition, state, (member, dots) => {
    if (members.length >= FIELDS_MAX) return;
    const shown: string[] = [];
    for (const [stamp, origin] of dots) shown.push(object(dot(partition, stamp, origin)));
    members.push(pair(member, array(shown)));
  });
  return object(members);
}

function deadlinesJson(partition: Partition, deadlines: Deadline[]): string {
  const shown: string[] = [];
  for (const { stamp, origin, at } of deadlines) {
    shown.push(object([...dot(partition, stamp, origin), pair("atMs", integer(at))]));
  }
  return array(shown);
}

function dot(partition: Partition, stamp: number, origin: number): string[] {
  const name = partition.origins[origin]!;
  return [pair("origin", text(name)), pair("region", text(regionOf(name))), pair("stamp", integer(stamp))];
}

function pair(name: string, json: string): string {
  return `${text(name)}:${json}`;
}

function text(value: string): string {
  return host.jsonEncode(value);
}

function integer(value: number): string {
  return host.integerText(value);
}

function object(members: string[]): string {
  return `{${members.join(",")}}`;
}

function array(items: string[]): string {
  return `[${items.join(",")}]`;
}
