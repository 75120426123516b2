/** Types of named cells (effects/fields.ts) as kinds (state/kind.ts): the whole value, described, put and cleared. */
import { host, type Packed } from "../host.js";
import { packResets } from "../log/operation.js";
import { decodeCell, isRegisterForm } from "../state/codec.js";
import { object, pair, PARTS_MAX } from "../state/json.js";
import { nativeOf } from "../state/key-state.js";
import type { Kind } from "../state/kind.js";
import { sideKey } from "../state/names.js";
import { isAfter } from "../state/partition.js";
import { newestDot, winner } from "../types/cell.js";
import { cellJson } from "./cell-json.js";
import { clearAllFields } from "./field-clear.js";
import { eachCell, writeFields, type FieldFamily } from "./fields.js";

/** The kind (state/kind.ts) of a family. */
export function fieldKind(family: FieldFamily): Kind {
  const { code } = family;
  return {
    code,
    name: family.name,
    newest: (partition, state) => {
      let best: [number, number] | undefined;
      eachCell(partition, code, state.key, (_field, cell) => {
        const dot = newestDot(partition, cell);
        if (dot !== undefined && (best === undefined || isAfter(partition, dot[0], dot[1], best[0], best[1])))
          best = dot;
      });
      return best;
    },
    clear: (partition, state, author, keyResets) => clearAllFields(partition, family, state, author, keyResets),
    addResets: (partition, state, flat) => {
      if (state.counted[code] !== true) return;
      const stored = host.call("HGETALL", sideKey(partition.root, code, state.key)) as string[];
      for (let at = 0; at < stored.length; at += 2) {
        if (isRegisterForm(stored[at + 1]!)) continue;
        const cell = decodeCell(stored[at + 1]!);
        if (cell.counters.length > 0) flat.push(code, stored[at]!, packResets(partition, cell));
      }
    },
    sides: (root, key) => [sideKey(root, code, key)],
    read: (native) => family.readAll(native),
    isValue: (value) => arePairs(family, value),
    put: (partition, state, value, author) => {
      const pairs = value as string[];
      const triples: Packed[] = [];
      for (let at = 0; at < pairs.length; at += 2) triples.push(pairs[at]!, pairs[at + 1]!, []);
      writeFields(partition, family, state, triples, author);
    },
    eachLoser: (partition, state, visit) => {
      eachCell(partition, code, state.key, (field, cell) => {
        if (cell.registers.length < 2) return;
        const best = winner(partition, cell)!;
        best.value ??= family.readNative(nativeOf(partition, state, code), [field])[0] as string;
        for (const { stamp, origin, value } of cell.registers) {
          if (value !== best.value) visit(field, value ?? "", stamp, origin);
        }
      });
    },
    describe: (partition, state) => {
      const native = nativeOf(partition, state, code);
      const fields: string[] = [];
      eachCell(partition, code, state.key, (field, cell) => {
        if (fields.length >= PARTS_MAX) return;
        const shown = family.readNative(native, [field])[0];
        const value = typeof shown === "string" ? shown : "";
        fields.push(pair(field, cellJson(partition, cell, value, state.shown === code)));
      });
      return object(fields);
    },
  };
}

function arePairs(family: FieldFamily, value: Packed): boolean {
  if (typeof value !== "object" || value.length === 0 || value.length % 2 !== 0) return false;
  for (let at = 0; at < value.length; at += 2) {
    const text = value[at + 1];
    if (typeof value[at] !== "string" || typeof text !== "string" || !family.isText(text)) return false;
  }
  return true;
}
