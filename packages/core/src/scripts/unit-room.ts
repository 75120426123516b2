/**
 * A unit is one log entry, and an entry must fit in one argument of a peer's server: 512 MB. A command that would make it
 * larger is refused before it writes. Most log no more than their arguments; those that log a value that they make or find
 * here ask `sizeError` about it.
 */
import { errors, refuse, type ErrorReply } from "../errors.js";
import { host } from "../host.js";
import { VALUE_BYTES_MAX } from "../commands/numbers.js";
import { packedSize } from "../log/packed-size.js";
import type { Unit } from "../log/unit.js";

/** With so much before it, any one command still fits. */
const SMALL_BYTES = 524288;
/** Values are kept denser than they are logged. */
const LOGGED_PER_STORED = 4;

/**
 * These log whole values, or members, which their arguments do not show. Some ask before they do; of what the others find under
 * the keys that they name, there may be as much as those hold.
 */
const logsWhole: Record<string, "asks" | "finds" | undefined> = {
  APPEND: "asks",
  SETRANGE: "asks",
  SETBIT: "asks",
  BITFIELD: "asks",
  BITOP: "asks",
  RENAME: "asks",
  RENAMENX: "asks",
  COPY: "asks",
  RESTORE: "asks",
  SORT: "asks",
  SINTERSTORE: "asks",
  SUNIONSTORE: "asks",
  SDIFFSTORE: "asks",
  ZUNIONSTORE: "asks",
  ZINTERSTORE: "asks",
  ZDIFFSTORE: "asks",
  ZRANGESTORE: "asks",
  GEOSEARCHSTORE: "asks",
  GEORADIUS: "asks",
  GEORADIUSBYMEMBER: "asks",
  PFADD: "finds",
  PFMERGE: "finds",
  SPOP: "finds",
  ZPOPMIN: "finds",
  ZPOPMAX: "finds",
  ZMPOP: "finds",
  BZPOPMIN: "finds",
  BZPOPMAX: "finds",
  BZMPOP: "finds",
  ZREMRANGEBYRANK: "finds",
  ZREMRANGEBYSCORE: "finds",
  ZREMRANGEBYLEX: "finds",
};

/** True where the command, in upper case, may log more than its arguments show. */
export function mayLogWhole(name: string): boolean {
  return logsWhole[name] !== undefined;
}

/** The unit that was counted last, its operations so far, and their bytes: measured, or as many as the arguments had. */
let stamp = 0;
let counted = 0;
let bytes = 0;
/** Of the last command: the bytes of its arguments, which are taken back where it did nothing; -1: to be measured. */
let added = 0;
const TO_BE_MEASURED = -1;

/** Before each command of a unit that may have several. */
export function roomError(unit: Unit, args: string[], isWhole: boolean): ErrorReply | undefined {
  const { operations } = unit;
  if (operations === undefined) return undefined;
  if (unit.author.stamp !== stamp) {
    stamp = unit.author.stamp;
    counted = 0;
    bytes = 0;
    added = TO_BE_MEASURED;
  }
  const size = operations.length;
  if (added === TO_BE_MEASURED) for (let at = counted; at < size; at++) bytes += packedSize(operations[at]!);
  else if (counted === size) bytes -= added;
  counted = size;
  added = 0;
  for (const argument of args) added += argument.length;
  bytes += added;
  let needed = bytes;
  if (isWhole) {
    const finds = needed > SMALL_BYTES && logsWhole[args[0]!.toUpperCase()] === "finds";
    if (finds) needed += storedUnder(args) * LOGGED_PER_STORED;
    bytes -= added;
    added = TO_BE_MEASURED;
  }
  return needed > VALUE_BYTES_MAX ? refuse(errors.unitTooLarge) : undefined;
}

/**
 * Of a value of so many bytes that a command is about to log whole, after `roomError`: the error, `alone`, where no entry holds it, and that of the
 * unit where there is no room beside what the unit has written.
 */
export function sizeError(unit: Unit, size: number, alone: string = errors.tooLarge): ErrorReply | undefined {
  if (size > VALUE_BYTES_MAX) return refuse(alone);
  const before = unit.operations !== undefined && unit.author.stamp === stamp ? bytes : 0;
  return size > VALUE_BYTES_MAX - before ? refuse(errors.unitTooLarge) : undefined;
}

/** An upper bound of what the arguments name: those that are no keys of the caller's hold nothing. */
function storedUnder(args: string[]): number {
  let sum = 0;
  for (let at = 1; at < args.length; at++) {
    const size = host.pcall("MEMORY", "USAGE", args[at]!, "SAMPLES", "0");
    if (typeof size === "number") sum += size;
  }
  return sum;
}
