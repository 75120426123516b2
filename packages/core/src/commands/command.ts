/**
 * What a command is: its arity and key positions as Redis counts them, and what it does.
 *
 * A command reads and validates, and only then performs operations: once one is performed it must not fail, for
 * nothing is rolled back. `args[0]` is the name as the caller spelled it.
 */
import type { Reply } from "../host.js";
import type { Unit } from "../log/unit.js";

export type Run = (this: void, unit: Unit, args: string[]) => Reply;

export interface Command {
  /** Number of arguments with the name; negative: at least so many. */
  readonly arity: number;
  /** Positions of the first and last key (-1: the last argument) and the step; last 0: no keys. */
  readonly firstKey: number;
  readonly lastKey: number;
  readonly step: number;
  readonly run: Run;
}

/** One key, right after the name. */
export function onKey(arity: number, run: Run): Command {
  return { arity, firstKey: 1, lastKey: 1, step: 1, run };
}

/** Keys from the first argument to `lastKey`. */
export function onKeys(arity: number, lastKey: number, step: number, run: Run): Command {
  return { arity, firstKey: 1, lastKey, step, run };
}

export function onNoKey(arity: number, run: Run): Command {
  return { arity, firstKey: 1, lastKey: 0, step: 1, run };
}
