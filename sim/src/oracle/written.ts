/**
 * What each operation writes and what it takes away, stated one operation at a time.
 *
 * A write is a piece of a key (a register, an increment, a member, a deadline); a removal takes away the pieces of
 * its scope that its maker had seen. Nothing else happens to a key.
 */
import type { Event } from "../history.js";
import { hashRule, incrementParts, sortedSetRule, stringRule } from "./cells.js";
import { listRule } from "./list.js";
import { nothing, type Parts, type Piece, type Scope, type TypeCode, type TypeRule } from "./pieces.js";
import { setRule } from "./set.js";
import { streamRule } from "./stream.js";
import { sketchRule } from "./sketch.js";

export const rules: readonly TypeRule[] = [
  stringRule,
  hashRule,
  setRule,
  sortedSetRule,
  listRule,
  sketchRule,
  streamRule,
];
const typeCodes: readonly TypeCode[] = ["s", "h", "e", "z", "l", "x", "p"];
const everything: Scope = { types: typeCodes, deadlines: true, weak: true, demotes: false };

export interface Written {
  pieces: Piece[];
  scopes: Scope[];
}

export function ruleOf(type: TypeCode): TypeRule {
  const rule = rules.find(({ code }) => code === type);
  if (rule === undefined) throw new Error(`the oracle has no rule for type ${type}`);
  return rule;
}

/** What the operation does to the key; undefined where it does not concern it. */
export function written(event: Event, key: string): Written | undefined {
  const [code, ...args] = event.operation as [string, ...unknown[]];
  if (code === "M" || code === "m" || code === "f") return undefined;
  if (code === "Z") return { pieces: [], scopes: [everything] };
  if (args[0] !== key) return undefined;
  switch (code) {
    case "S":
      return {
        pieces: [{ kind: "register", type: "s", field: "", text: args[1] as string, expiresAtMs: args[3] as number }],
        scopes: [everything],
      };
    case "P":
      return put(args as [string, TypeCode, unknown, number], event);
    case "D":
    case "X":
      return { pieces: [], scopes: [everything] };
    case "T":
      return {
        pieces: [{ kind: "deadline", atMs: args[1] === 0 ? Infinity : (args[1] as number) }],
        scopes: [{ types: [], deadlines: true, weak: true, demotes: true }],
      };
    case "I": {
      const parts = incrementParts(args.slice(1));
      return keeping(parts.type, parts);
    }
    default:
      return typed(code, args.slice(1), event);
  }
}

function put([, type, value, deadlineMs]: [string, TypeCode, unknown, number], event: Event): Written {
  const pieces = ruleOf(type).put(value, event);
  if (type === "s") {
    return { pieces: pieces.map((piece) => ({ ...piece, expiresAtMs: deadlineMs }) as Piece), scopes: [everything] };
  }
  if (deadlineMs > 0) pieces.push({ kind: "deadline", atMs: deadlineMs });
  return { pieces, scopes: [everything] };
}

function typed(code: string, args: unknown[], event: Event): Written {
  for (const rule of rules) {
    const parts = rule.operations[code]?.(args, event);
    if (parts !== undefined) return keeping(rule.code, parts);
  }
  throw new Error(`the oracle does not know operation ${code}`);
}

/** Writes under the key's deadline: they clear the hidden types they saw and remember the deadline. */
function keeping(type: TypeCode, { pieces, takes, keep, emptied, dropsDeadlines }: Parts): Written {
  const scopes: Scope[] = takes === undefined ? [] : [{ ...nothing, types: [type], takes }];
  if (keep === undefined) return { pieces, scopes };
  const [weakMs, fresh] = keep as [number, number, unknown];
  scopes.push({ ...nothing, types: typeCodes.filter((other) => other !== type) });
  if (fresh === 1 || emptied === true || dropsDeadlines === true) {
    scopes.push({ ...nothing, deadlines: true, weak: true });
  }
  if (weakMs > 0) {
    scopes.push({ ...nothing, weak: true });
    pieces.push({ kind: "weak", atMs: weakMs });
  }
  return { pieces, scopes };
}
