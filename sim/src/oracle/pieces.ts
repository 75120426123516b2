/** The words of the oracle: pieces that operations write, scopes that they take away, and the rule of a type. */
import type { Event } from "../history.js";
import type { Raises } from "../sketch-form.js";
import type { Visible } from "../visible.js";

export type TypeCode = "s" | "h" | "e" | "z" | "l" | "x" | "p";

export type Piece =
  | {
      kind: "register";
      type: TypeCode;
      field: string;
      text: string;
      /** -1: its key's deadline rules. */
      expiresAtMs: number;
    }
  | { kind: "increment"; type: TypeCode; field: string; by: bigint; isFloat: boolean }
  | { kind: "member"; type: TypeCode; field: string }
  /** A HyperLogLog made with these registers; the field is its dot. */
  | { kind: "sketch"; type: TypeCode; field: string; raises: Raises }
  /** Registers raised in the sketches of these dots. */
  | { kind: "addition"; type: TypeCode; field: string; into: readonly string[]; raises: Raises }
  | { kind: "entry"; type: TypeCode; field: string; fields: string[] }
  /** What holds a stream without entries; the field is its dot. The maker is the group whose creation made it. */
  | { kind: "life"; type: TypeCode; field: string; maker?: string | undefined }
  /** A creation of a group on these lives. */
  | { kind: "group"; type: TypeCode; field: string; lives: string[] }
  | { kind: "deadline" | "weak"; atMs: number };

/** What a removal takes of what it saw. */
export interface Scope {
  types: readonly TypeCode[];
  /** Which fields or members of the types; undefined takes all. */
  takes?: (field: string) => boolean;
  deadlines: boolean;
  weak: boolean;
  /** Registers lose their own expiry instead of being removed. */
  demotes: boolean;
}

export const nothing: Scope = { types: [], deadlines: false, weak: false, demotes: false };

/** A piece that no operation took away. */
export interface Alive {
  event: Event;
  piece: Piece;
  /** A register whose own expiry was taken away. */
  demoted: boolean;
}

/** What an operation that leaves the key's deadline as it is does to its own type. */
export interface Parts {
  pieces: Piece[];
  /** What it takes of its own type; nothing where undefined. */
  takes?: (field: string) => boolean;
  /** [deadline, fresh, hidden resets or false] as the operation carries it; undefined where it carries none. */
  keep: unknown;
  emptied?: boolean;
  dropsDeadlines?: boolean;
}

/** A type, stated as pieces. */
export interface TypeRule {
  code: TypeCode;
  name: Visible["type"];
  /** By code: what its operations write; `args` are what follows the code and the key. */
  operations: Record<string, (args: unknown[], event: Event) => Parts>;
  /** The pieces of a whole value, as P carries it. */
  put(value: unknown, event: Event): Piece[];
  /** Of the pieces alive, those that fall with none of what they depend on. `events` are all of the key. */
  remaining?(alive: Alive[], events: Event[]): Alive[];
  /** What shows of pieces alive, newest first. */
  value(pieces: Alive[]): Visible["value"];
}

export function oneOf(names: readonly string[]): (field: string) => boolean {
  return (field) => names.includes(field);
}

/** The texts at every `size`th place. */
export function every(items: unknown, size: number): string[] {
  return (items as unknown[]).filter((_, at) => at % size === 0) as string[];
}
