/**
 * inspect key: everything that is kept about a key, as JSON text.
 *
 *     {"key", "type": "string"|"hash"|"set"|...|"none", "deadlineMs": 0 for ever, "region", "nowMs",
 *      "string": cell, "hash": {field: cell}, "set": {member: [dot]}, "zset": {member: cell},
 *      "list": [{"place" (hexadecimal), "value": cell}], and so for each type alive,
 *      "deadlines": [dot and "atMs"], "weakDeadlines": [dot and "atMs"]}
 *     cell = {"registers": [dot and "value", "shows", "expiresAtMs" (0 never, -1 the key's deadline rules)],
 *             "counters": [{"origin", "epoch", "sum", "stamp", "resetSum", "resetStamp", "isFloat"}]}
 *     dot = {"origin", "region", "stamp"}
 *
 * Registers that do not show are the losers of concurrent writes. At most PARTS_MAX fields and members are listed.
 */
import { cellJson } from "../effects/cell-json.js";
import { host, type Reply } from "../host.js";
import { AGGREGATES, type Deadline } from "../state/codec.js";
import { array, dotJson, integer, object, pair, text } from "../state/json.js";
import { kindOf } from "../state/kind.js";
import { loadKey, rulingDeadline } from "../state/key-state.js";
import type { Partition } from "../state/partition.js";
import { isLive } from "../types/cell.js";

export function inspect(partition: Partition, args: string[]): Reply {
  const key = args[1];
  if (key === undefined) return { err: "MERIDIAN_BADINSPECT inspect takes a key" };
  const state = loadKey(partition, key);
  const { shown } = state;
  const members = [
    pair("key", text(key)),
    pair("type", text(shown === "" ? "none" : shown === "s" ? "string" : kindOf(shown).name)),
    pair("deadlineMs", integer(rulingDeadline(partition, state))),
    pair("region", text(partition.deployment.region)),
    pair("nowMs", integer(partition.now)),
  ];
  if (isLive(state.cell)) {
    const native = shown === "s" ? host.call("GET", key) : "";
    const value = typeof native === "string" ? native : "";
    members.push(pair("string", cellJson(partition, state.cell, value, shown === "s")));
  }
  for (const code of AGGREGATES) {
    if (state.alive[code] !== true) continue;
    members.push(pair(kindOf(code).name, kindOf(code).describe(partition, state)));
  }
  members.push(pair("deadlines", deadlinesJson(partition, state.deadlines)));
  members.push(pair("weakDeadlines", deadlinesJson(partition, state.weakDeadlines)));
  return object(members);
}

function deadlinesJson(partition: Partition, deadlines: Deadline[]): string {
  const shown: string[] = [];
  for (const { stamp, origin, at } of deadlines) {
    shown.push(object([...dotJson(partition, stamp, origin), pair("atMs", integer(at))]));
  }
  return array(shown);
}
