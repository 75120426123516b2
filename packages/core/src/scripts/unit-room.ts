/**
 * A unit is one log entry, and an entry must fit in one argument of a peer's server: 512 MB. A command that would make it
 * larger is refused before it writes; a lone one can't, for each checks its own value.
 */
import { errors, refuse, type ErrorReply } from "../errors.js";
import { host } from "../host.js";
import { VALUE_BYTES_MAX } from "../commands/numbers.js";
import type { Operation } from "../log/operation.js";
import type { Unit } from "../log/unit.js";

/** With so much before it, any one command still fits. */
const SMALL_BYTES = 524288;
/** Values are kept denser than they are logged. */
const LOGGED_PER_STORED = 4;

/** These log whole values, or members, which their arguments do not show. */
const logsWhole: Record<string, true | undefined> = {
  APPEND: true,
  SETRANGE: true,
  SETBIT: true,
  BITFIELD: true,
  BITOP: true,
  RENAME: true,
  RENAMENX: true,
  COPY: true,
  SORT: true,
  SINTERSTORE: true,
  SUNIONSTORE: true,
  SDIFFSTORE: true,
  ZUNIONSTORE: true,
  ZINTERSTORE: true,
  ZDIFFSTORE: true,
  ZRANGESTORE: true,
  GEOSEARCHSTORE: true,
  GEORADIUS: true,
  GEORADIUSBYMEMBER: true,
  PFADD: true,
  PFMERGE: true,
  SPOP: true,
  ZPOPMIN: true,
  ZPOPMAX: true,
  ZMPOP: true,
  BZPOPMIN: true,
  BZPOPMAX: true,
  BZMPOP: true,
  ZREMRANGEBYRANK: true,
  ZREMRANGEBYSCORE: true,
  ZREMRANGEBYLEX: true,
};

/** True where the command, in upper case, may log more than its arguments show. */
export function mayLogWhole(name: string): boolean {
  return logsWhole[name] === true;
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
  if (added === TO_BE_MEASURED) for (let at = counted; at < size; at++) bytes += bytesOf(operations[at]!);
  else if (counted === size) bytes -= added;
  counted = size;
  added = 0;
  for (const argument of args) added += argument.length;
  bytes += added;
  let needed = bytes;
  if (isWhole) {
    if (needed > SMALL_BYTES) needed += storedUnder(args) * LOGGED_PER_STORED;
    bytes -= added;
    added = TO_BE_MEASURED;
  }
  return needed > VALUE_BYTES_MAX ? refuse(errors.unitTooLarge) : undefined;
}

function bytesOf(operation: Operation): number {
  let sum = 0;
  for (const part of operation) {
    if (typeof part === "string") sum += part.length;
    else if (typeof part === "object") sum += bytesOf(part);
  }
  return sum;
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
