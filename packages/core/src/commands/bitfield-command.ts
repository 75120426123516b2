/**
 * BITFIELD. The server works on the key (bit-commands.ts). An integer of more than 53 bits does not fit a Lua number, so
 * beside each operation on one we ask for its two halves, and put its digits together.
 */
import { errors, refuse } from "../errors.js";
import { errorOf, host, type Reply } from "../host.js";
import type { Unit } from "../log/unit.js";
import { addDecimals, isInt64Text } from "../number/decimal.js";
import { amendNatively, ARGUMENTS_MAX, bitAt, OFFSET_MAX, reachOf } from "./bit-commands.js";
import { onKey, type Command } from "./command.js";

/** Where the reply of an operation is in the server's, and that of its upper half; -1: it is whole. */
interface Place {
  readonly own: number;
  readonly upper: number;
  readonly isWrite: boolean;
}

interface Plan {
  /** What the server is asked. */
  readonly words: string[];
  readonly places: Place[];
  replies: number;
  /** The bytes that the writes need, at least. */
  reach: number;
}

/** Fields up to this width are exact as Lua numbers. */
const EXACT_WIDTH = 53;
const HALF_WIDTH = 32;
const HALF = 4294967296;
const WIDTH_MAX = 64;
const EXACT_MAX = 9007199254740991;

/** BITFIELD key [GET type offset | SET type offset value | INCRBY type offset by | OVERFLOW kind ...] */
function bitfield(unit: Unit, args: string[]): Reply {
  const plan = planOf(args);
  if (plan.words.length > ARGUMENTS_MAX) return refuse(errors.tooManyWords);
  const reply = plan.places.some(({ isWrite }) => isWrite)
    ? amendNatively(unit, plan.words, plan.reach, (all, hasGrown) => hasGrown || hasWritten(plan, all as Reply[]))
    : host.pcall(...(plan.words as [string, ...string[]]));
  return errorOf(reply) ?? repliesOf(plan, reply as Reply[]);
}

/** BITFIELD_RO key [GET type offset ...] */
export function readBitfield(args: string[]): Reply {
  const plan = planOf(args);
  if (plan.words.length > ARGUMENTS_MAX) return refuse(errors.tooManyArguments);
  const reply = host.pcall(...(plan.words as [string, ...string[]]));
  return errorOf(reply) ?? repliesOf(plan, reply as Reply[]);
}

/** False where every write overflowed and was to fail. */
function hasWritten(plan: Plan, all: Reply[]): boolean {
  for (const { own, isWrite } of plan.places) if (isWrite && all[own] !== false) return true;
  return false;
}

function planOf(args: string[]): Plan {
  const plan: Plan = { words: [args[0]!, args[1]!], places: [], replies: 0, reach: 0 };
  let at = 2;
  while (at < args.length) {
    const word = args[at]!.toUpperCase();
    const size = word === "OVERFLOW" ? 2 : word === "GET" ? 3 : word === "SET" || word === "INCRBY" ? 4 : 0;
    if (size === 0 || at + size > args.length) break;
    if (size === 2) plan.words.push(args[at]!, args[at + 1]!);
    else addOperation(plan, word, args.slice(at, at + size));
    at += size;
  }
  for (; at < args.length; at++) plan.words.push(args[at]!); // for the server to refuse
  return plan;
}

/** GET, SET or INCRBY: what a SET replies was there before it, what an INCRBY replies is there after it. */
function addOperation(plan: Plan, word: string, operation: string[]): void {
  const { words, places, replies } = plan;
  const type = operation[1]!;
  const width = isInt64Text(type.substring(1)) ? host.toNumber(type.substring(1), 10) : 0;
  const first = bitAt(operation[2]!, width);
  const isWrite = word !== "GET";
  const reach = isWrite && width <= WIDTH_MAX ? reachOf(width, first) : 0;
  if (reach > plan.reach) plan.reach = reach;
  if (width <= EXACT_WIDTH || !isType(type, width) || !(first >= 0 && first + width < OFFSET_MAX)) {
    words.push(...operation);
    places.push({ own: replies, upper: -1, isWrite });
    plan.replies = replies + 1;
    return;
  }
  const upperWidth = width - HALF_WIDTH;
  const upperType = type.substring(0, 1) + host.integerText(upperWidth);
  const halves = ["GET", upperType, host.integerText(first), "GET", "u32", host.integerText(first + upperWidth)];
  if (word === "INCRBY") words.push(...operation);
  words.push(...halves);
  if (word === "SET") words.push(...operation);
  if (word === "INCRBY") places.push({ own: replies, upper: replies + 1, isWrite });
  else places.push({ own: word === "SET" ? replies + 2 : replies, upper: replies, isWrite });
  plan.replies = replies + (isWrite ? 3 : 2);
}

/** i1 to i64, u1 to u63 */
function isType(type: string, width: number): boolean {
  const sign = type.substring(0, 1);
  return (sign === "i" && width <= WIDTH_MAX) || (sign === "u" && width < WIDTH_MAX);
}

function repliesOf(plan: Plan, all: Reply[]): Reply[] {
  const replies: Reply[] = [];
  for (const { own, upper } of plan.places) {
    const reply = all[own]!;
    replies.push(reply === false || upper < 0 ? reply : joined(all[upper] as number, all[upper + 1] as number));
  }
  return replies;
}

/** A number where it holds all digits, else the digits (numbers.ts). */
function joined(upper: number, lower: number): Reply {
  const sum = upper * HALF + lower;
  if (sum <= EXACT_MAX && sum >= -EXACT_MAX) return sum;
  return { ok: addDecimals(host.integerText(upper * HALF), host.integerText(lower)) };
}

export const bitfieldCommands: Record<string, Command> = {
  BITFIELD: onKey(-2, bitfield),
};
