/**
 * What each operation writes and what it takes away, stated one operation at a time.
 *
 * A write is a piece of a key (a register, an increment, a member, a deadline); a removal takes away the pieces of
 * its scope that its maker had seen. Nothing else happens to a key.
 */
import { parseDecimal } from "@meridian/testkit";
import type { Event } from "./history.js";

export type TypeCode = "s" | "h" | "e";
const typeCodes: readonly TypeCode[] = ["s", "h", "e"];

export type Piece =
  | {
      kind: "register";
      type: "s" | "h";
      field: string;
      text: string;
      /** -1: its key's deadline rules. */ expiresAtMs: number;
    }
  | { kind: "increment"; type: "s" | "h"; field: string; by: bigint; isFloat: boolean }
  | { kind: "member"; type: "e"; field: string }
  | { kind: "deadline" | "weak"; atMs: number };

/** What a removal takes of what it saw. */
export interface Scope {
  types: readonly TypeCode[];
  /** Fields or members of the type; undefined takes all. */
  fields?: readonly string[];
  deadlines: boolean;
  weak: boolean;
  /** Registers lose their own expiry instead of being removed. */
  demotes: boolean;
}

export interface Written {
  pieces: Piece[];
  scopes: Scope[];
}

const nothing: Scope = { types: [], deadlines: false, weak: false, demotes: false };
const everything: Scope = { types: typeCodes, deadlines: true, weak: true, demotes: false };

/** What the operation does to the key; undefined where it does not concern it. */
export function written({ operation }: Event, key: string): Written | undefined {
  const [code, ...args] = operation as [string, ...unknown[]];
  if (code === "M") return undefined;
  if (code === "Z") return { pieces: [], scopes: [everything] };
  if (args[0] !== key) return undefined;
  switch (code) {
    case "S":
      return { pieces: [register("s", "", args[1] as string, args[3] as number)], scopes: [everything] };
    case "P":
      return put(args as [string, TypeCode, string | string[], number]);
    case "D":
    case "X":
      return { pieces: [], scopes: [everything] };
    case "T":
      return {
        pieces: [{ kind: "deadline", atMs: args[1] === 0 ? Infinity : (args[1] as number) }],
        scopes: [{ types: [], deadlines: true, weak: true, demotes: true }],
      };
    default:
      return keeping(code, args);
  }
}

function register(type: "s" | "h", field: string, text: string, expiresAtMs: number): Piece {
  return { kind: "register", type, field, text, expiresAtMs };
}

function put([, type, value, deadlineMs]: [string, TypeCode, string | string[], number]): Written {
  const scopes = [everything];
  if (type === "s") return { pieces: [register("s", "", value as string, deadlineMs)], scopes };
  const items = value as string[];
  const pieces: Piece[] =
    type === "e"
      ? items.map((field) => ({ kind: "member", type, field }))
      : items.flatMap((field, at) => (at % 2 === 0 ? [register("h", field, items[at + 1] ?? "", -1)] : []));
  if (deadlineMs > 0) pieces.push({ kind: "deadline", atMs: deadlineMs });
  return { pieces, scopes };
}

/** Writes under the key's deadline: they clear the hidden types they saw and remember the deadline. */
function keeping(code: string, args: unknown[]): Written {
  const { type, fields, pieces, keep, emptied, drops } = parts(code, args);
  const [weakMs, fresh] = keep as [number, number, unknown];
  const scopes: Scope[] = [{ ...nothing, types: typeCodes.filter((other) => other !== type) }];
  if (fields) scopes.push({ ...nothing, types: [type], fields });
  if (fresh === 1 || emptied) scopes.push({ ...nothing, deadlines: true, weak: true });
  if (drops) scopes.push({ ...nothing, deadlines: true, weak: true });
  if (weakMs > 0) {
    scopes.push({ ...nothing, weak: true });
    pieces.push({ kind: "weak", atMs: weakMs });
  }
  return { pieces, scopes };
}

interface Parts {
  type: TypeCode;
  fields: string[] | undefined;
  pieces: Piece[];
  keep: unknown;
  emptied?: boolean;
  drops?: boolean;
}

function parts(code: string, args: unknown[]): Parts {
  const items = Array.isArray(args[1]) ? (args[1] as unknown[]) : [];
  switch (code) {
    case "A":
      return {
        type: "s",
        fields: [""],
        pieces: [register("s", "", args[1] as string, -1)],
        keep: args[3],
        drops: args[4] === 1,
      };
    case "I": {
      const type = args[1] === false ? "s" : "h";
      const by = decimal(args[5] as string) - (args[3] === false ? 0n : decimal(args[3] as string));
      const piece: Piece = {
        kind: "increment",
        type,
        field: type === "s" ? "" : (args[1] as string),
        by,
        isFloat: args[6] === 1,
      };
      return { type, fields: undefined, pieces: [piece], keep: args[7] };
    }
    case "H": {
      const fields = items.filter((_, at) => at % 3 === 0) as string[];
      return {
        type: "h",
        fields,
        pieces: fields.map((field, at) => register("h", field, items[at * 3 + 1] as string, -1)),
        keep: args[2],
      };
    }
    case "R":
      return {
        type: "h",
        fields: items.filter((_, at) => at % 2 === 0) as string[],
        pieces: [],
        keep: args[3],
        emptied: args[2] === 1,
      };
    case "E":
      return {
        type: "e",
        fields: items as string[],
        pieces: (items as string[]).map((field) => ({ kind: "member", type: "e", field })),
        keep: args[2],
      };
    default:
      return { type: "e", fields: items as string[], pieces: [], keep: args[3], emptied: args[2] === 1 };
  }
}

function decimal(text: string): bigint {
  const value = parseDecimal(text);
  if (typeof value !== "bigint") throw new Error(`a sum that is no number: ${text}`);
  return value;
}
