/**
 * Strings as bits: SETBIT and BITOP; BITFIELD is in bitfield-command.ts. The server itself works on the key; what comes of it travels as the whole text,
 * as of any string, so of bits set concurrently one writer's text shows. A bit of a large text costs that text.
 */
import { errors, isRefused, refuse } from "../errors.js";
import { errorOf, host, type Packed, type Reply } from "../host.js";
import { writeMeta } from "../effects/plain.js";
import { note, openKey, type Unit } from "../log/unit.js";
import { registerText } from "../state/codec.js";
import { sizeError } from "../scripts/unit-room.js";
import { peek } from "../state/key-state.js";
import { WEAK } from "../types/cell.js";
import { onKey, type Command } from "./command.js";
import { countArgument } from "./numbers.js";
import { amendString, NO_RESETS, openTyped, putString, removeKey } from "./opened.js";
import { computeInScratch } from "./scratch.js";

/** What Lua's argument stack holds in one call, with room to spare. */
export const ARGUMENTS_MAX = 7000;
const BITS = 8;

/** SETBIT key offset value */
function setbit(unit: Unit, args: string[]): Reply {
  return amendNatively(unit, args, reachOf(1, bitAt(args[2]!, 1)), () => true);
}

/** Bits of 512 MB: the server takes no offset beyond. */
export const OFFSET_MAX = 4294967296;

/** The first bit of a field of the width at an offset such as 100 or, counted in fields, #3; NaN where that is none. */
export function bitAt(offset: string, width: number): number {
  const isCounted = offset.substring(0, 1) === "#";
  const place = countArgument(isCounted ? offset.substring(1) : offset);
  if (isRefused(place)) return NaN;
  return isCounted ? place * width : place;
}

/** How many bytes a text has at least that the field is written to; 0 where the server takes no such offset. */
export function reachOf(width: number, first: number): number {
  return first < OFFSET_MAX ? Math.ceil((first + width) / BITS) : 0;
}

/**
 * Runs the command on the key: arguments are the server's to judge, and one that it refuses has changed nothing. Then what
 * is there is written as a string's new text, `reach` bytes or more, under the key's deadline.
 */
export function amendNatively(
  unit: Unit,
  args: string[],
  reach: number,
  isWrite: (this: void, reply: Reply, hasGrown: boolean) => boolean,
): Reply {
  const key = args[1]!;
  const plain = isPlainText(peek(unit.partition, key));
  const state = plain ? undefined : openTyped(unit, key, "s");
  const before = host.pcall("STRLEN", key);
  const refused = typeof before === "number" ? sizeError(unit, before > reach ? before : reach) : undefined;
  if (refused !== undefined) return refused;
  const reply = host.pcall(...(args as [string, ...string[]]));
  if (errorOf(reply) !== undefined) return reply;
  if (state !== undefined && isRefused(state)) return state;
  if (!isWrite(reply, host.call("STRLEN", key) !== before)) return reply;
  const text = host.call("GET", key) as string;
  if (state === undefined) amendPlainly(unit, key, text);
  else amendString(unit, state, text);
  return reply;
}

/** True of nothing and of one register without a deadline: nothing else has to be named or cleared. */
function isPlainText(stored: string | false): boolean {
  if (stored === false) return true;
  const form = stored.substring(0, 1);
  return form === "S" || form === "W";
}

/** The effect of A where the text stands already. */
function amendPlainly(unit: Unit, key: string, text: string): void {
  const stored = peek(unit.partition, key);
  const drop = stored !== false && stored.substring(0, 1) === "S" ? 1 : 0;
  const keep: Packed = [0, stored === false ? 1 : 0, false];
  note(unit, ["A", key, text, NO_RESETS, keep, drop]);
  writeMeta(unit.partition, key, registerText(unit.author.stamp, unit.author.origin, WEAK));
}

/** BITOP operation destination key [key ...]: computed here, and written as SET does. */
function bitop(unit: Unit, args: string[]): Reply {
  if (args.length > ARGUMENTS_MAX) return refuse(errors.tooManyKeys);
  let text = "";
  const reply = computeInScratch(unit, args, 2, (scratch) => {
    const computed = host.call("GET", scratch);
    if (typeof computed === "string") text = computed;
  });
  if (errorOf(reply) !== undefined) return reply;
  const refused = sizeError(unit, text.length);
  if (refused !== undefined) return refused;
  const destination = openKey(unit, args[2]!);
  if (text === "") removeKey(unit, destination);
  else putString(unit, destination, text, 0);
  return reply;
}

export const bitCommands: Record<string, Command> = {
  SETBIT: onKey(4, setbit),
  BITOP: { arity: -4, firstKey: 2, lastKey: -1, step: 1, run: bitop },
};
