/**
 * RESTORE: the server itself reads the payload, into the scratch key, so that a bad one is refused before anything changes.
 * What it held is written as a whole value of its type. DUMP is a read.
 */
import { errors, isRefused, OK, refuse, type ErrorReply } from "../errors.js";
import { errorOf, host, type Packed, type Reply } from "../host.js";
import { packedSize } from "../log/packed-size.js";
import { openKey, type Unit } from "../log/unit.js";
import { sizeError } from "../scripts/unit-room.js";
import { AGGREGATES, type TypeCode } from "../state/codec.js";
import { kinds } from "../state/kind.js";
import { scratchKey } from "../state/names.js";
import { isSketch } from "../types/sketch-bytes.js";
import { onKey, type Command } from "./command.js";
import { deadlineOf, int64Argument } from "./numbers.js";
import { exists, putString, putValue, removeKey } from "./opened.js";

interface Options {
  replace: boolean;
  isAbsolute: boolean;
}

/** REPLACE, ABSTTL, IDLETIME seconds or FREQ frequency: how a server evicts is its own, so the last two are only checked. */
function parseOptions(args: string[]): Options | ErrorReply {
  const options: Options = { replace: false, isAbsolute: false };
  let hint = "";
  for (let at = 4; at < args.length; at++) {
    const word = args[at]!.toUpperCase();
    if (word === "REPLACE") {
      options.replace = true;
    } else if (word === "ABSTTL") {
      options.isAbsolute = true;
    } else if ((word === "IDLETIME" || word === "FREQ") && at + 1 < args.length && (hint === "" || hint === word)) {
      const refused = hintRefused(word, args[at + 1]!);
      if (refused !== undefined) return refused;
      hint = word;
      at++;
    } else {
      return refuse(errors.syntax);
    }
  }
  return options;
}

const FREQUENCY_MAX = 255;

function hintRefused(word: string, text: string): ErrorReply | undefined {
  const amount = int64Argument(text);
  if (isRefused(amount)) return amount;
  const isNegative = amount.substring(0, 1) === "-";
  if (word === "IDLETIME") return isNegative ? refuse(errors.idleTime) : undefined;
  return isNegative || host.toNumber(amount, 10) > FREQUENCY_MAX ? refuse(errors.frequency) : undefined;
}

/** RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency] */
function restore(unit: Unit, args: string[]): Reply {
  const options = parseOptions(args);
  if (isRefused(options)) return options;
  const state = openKey(unit, args[1]!);
  if (exists(state) && !options.replace) return refuse(errors.busyKey);
  const ttl = int64Argument(args[2]!);
  if (isRefused(ttl)) return ttl;
  if (ttl.substring(0, 1) === "-") return refuse(errors.negativeTtl);
  const restored = valueIn(unit, args[3]!);
  if (isRefused(restored)) return restored;
  const { now } = unit.partition;
  const deadline = ttl === "0" ? 0 : deadlineOf(ttl, false, options.isAbsolute ? 0 : now);
  if (deadline === undefined || (deadline > 0 && deadline <= now)) removeKey(unit, state);
  else if (restored.type === "s") putString(unit, state, restored.value as string, deadline);
  else putValue(unit, state.key, restored.type, restored.value, deadline);
  return OK;
}

export interface Restored {
  readonly type: TypeCode;
  readonly value: Packed;
}

/** The value in a payload, or the server's error about it. */
function valueIn(unit: Unit, payload: string): Restored | ErrorReply {
  const scratch = scratchKey(unit.partition.root);
  const failed = errorOf(host.pcall("RESTORE", scratch, "0", payload));
  if (failed !== undefined) return failed;
  const restored = readAny(scratch);
  host.call("UNLINK", scratch);
  if (restored === undefined) return refuse(errors.foreignType);
  return sizeError(unit, packedSize(restored.value)) ?? restored;
}

/** Undefined where the type is none of Redis's own, or the value has what no entry of a log may have. */
export function readAny(key: string): Restored | undefined {
  const { ok: name } = host.call("TYPE", key) as { ok: string };
  if (name === "string") {
    const text = host.call("GET", key) as string;
    return { type: isSketch(text) ? "p" : "s", value: text };
  }
  for (const code of AGGREGATES) {
    const kind = kinds[code];
    if (kind === undefined || kind.name !== name) continue;
    const value = kind.read(key);
    return kind.isValue(value) ? { type: code, value } : undefined;
  }
  return undefined;
}

export const restoreCommands: Record<string, Command> = {
  RESTORE: onKey(-4, restore),
};
