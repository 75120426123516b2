/**
 * losers key: what lost in conflicts and is kept, as JSON text:
 *
 *     {"key", "type", "losers": [{"type", "part", "value", "origin", "region", "stamp", "atMs"}]}
 *
 * `part` is the field, member or place ("" for a string); `value` null: a whole type that another one hides, with its newest
 * dot. A key that holds no loser is dropped from those that `conflicts` lists. What is
 * equal to what shows has not lost.
 */
import { stampMs } from "../clock/stamp.js";
import type { Reply } from "../host.js";
import { AGGREGATES } from "../state/codec.js";
import { dropConflict } from "../state/conflicts.js";
import { array, dotJson, integer, object, pair, text } from "../state/json.js";
import { kindOf } from "../state/kind.js";
import { keepValues, loadKey } from "../state/key-state.js";
import type { Partition } from "../state/partition.js";
import { isLive, newestDot, winner } from "../types/cell.js";

const LOSERS_MAX = 1000;

export function describeLosers(partition: Partition, args: string[]): Reply {
  const key = args[1];
  if (key === undefined) return { err: "MERIDIAN_BADLOSERS losers takes a key" };
  const state = loadKey(partition, key);
  const { shown, cell } = state;
  const losers: string[] = [];
  const add = (type: string, part: string, value: string | undefined, stamp: number, origin: number): void => {
    if (losers.length >= LOSERS_MAX) return;
    losers.push(
      object([
        pair("type", text(type)),
        pair("part", text(part)),
        pair("value", value === undefined ? "null" : text(value)),
        ...dotJson(partition, stamp, origin),
        pair("atMs", integer(stampMs(stamp))),
      ]),
    );
  };
  if (shown !== "s" && isLive(cell)) {
    const dot = newestDot(partition, cell)!;
    add("string", "", winner(partition, cell)?.value, dot[0], dot[1]);
  }
  const best = winner(partition, cell);
  if (cell.registers.length > 1) keepValues(state);
  for (const { value, stamp, origin } of cell.registers) {
    if (value !== best!.value) add("string", "", value ?? "", stamp, origin);
  }
  for (const code of AGGREGATES) {
    if (state.alive[code] !== true) continue;
    const kind = kindOf(code);
    const hidden = code === shown ? undefined : kind.newest(partition, state);
    if (hidden !== undefined) add(kind.name, "", undefined, hidden[0], hidden[1]);
    kind.eachLoser(partition, state, (part, value, stamp, origin) => add(kind.name, part, value, stamp, origin));
  }
  if (losers.length === 0) dropConflict(partition, key);
  const type = shown === "" ? "none" : shown === "s" ? "string" : kindOf(shown).name;
  return object([pair("key", text(key)), pair("type", text(type)), pair("losers", array(losers))]);
}
