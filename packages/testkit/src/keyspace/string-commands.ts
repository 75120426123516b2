/** Strings and the counters in them, with Redis's replies, order of checks and errors. */
import type { Reply } from "@meridian/core";
import { arityError, errorTexts, refuse } from "./errors.js";
import { parseStringOptions, stringDeadline, type StringOptions } from "./expire-options.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { decimalText, int64, int64Max, int64Min, parseDecimal, parseInt64, rounded } from "./numbers.js";

const OK = { ok: "OK" };
const BULK_MAX_BYTES = 512n * 1024n * 1024n;

export function textOf(keyspace: ModelKeyspace, key: string): string | undefined {
  return keyspace.read(key, "string")?.text;
}

function putText(keyspace: ModelKeyspace, key: string, text: string, expiresAtMs = 0): void {
  keyspace.put(key, { type: "string", text }, expiresAtMs);
}

/** Writes the text and leaves the deadline as it is. */
export function replaceText(keyspace: ModelKeyspace, key: string, text: string): void {
  putText(keyspace, key, text, keyspace.slot(key)?.expiresAtMs ?? 0);
}

function set(keyspace: ModelKeyspace, [key = "", text = "", ...rest]: string[], name: string): Reply {
  return setGeneric(keyspace, key, text, parseStringOptions(rest, false), name);
}

function setGeneric(keyspace: ModelKeyspace, key: string, text: string, options: StringOptions, name: string): Reply {
  const deadline = options.expire ? stringDeadline(keyspace.nowMs(), options.expire, name) : 0;
  const old = options.get ? (textOf(keyspace, key) ?? false) : false;
  const slot = keyspace.slot(key);
  if ((options.condition === "NX" && slot) || (options.condition === "XX" && !slot)) return options.get ? old : false;
  putText(keyspace, key, text, options.keepTtl ? (slot?.expiresAtMs ?? 0) : deadline);
  return options.get ? old : OK;
}

function setWithUnit(unit: string): Command {
  return [
    4,
    (keyspace, [key = "", time = "", text = ""], name) =>
      setGeneric(
        keyspace,
        key,
        text,
        { get: false, keepTtl: false, persist: false, expire: { unit, text: time } },
        name,
      ),
  ];
}

function getex(keyspace: ModelKeyspace, [key = "", ...rest]: string[], name: string): Reply {
  const options = parseStringOptions(rest, true);
  const text = textOf(keyspace, key);
  if (text === undefined) return false;
  if (options.expire) {
    const deadline = stringDeadline(keyspace.nowMs(), options.expire, name);
    if (deadline <= keyspace.nowMs()) keyspace.remove(key);
    else keyspace.setDeadline(key, deadline);
  } else if (options.persist) keyspace.setDeadline(key, 0);
  return text;
}

function append(keyspace: ModelKeyspace, [key = "", tail = ""]: string[]): Reply {
  const text = (textOf(keyspace, key) ?? "") + tail;
  replaceText(keyspace, key, text);
  return text.length;
}

function setrange(keyspace: ModelKeyspace, [key = "", offsetText = "", patch = ""]: string[]): Reply {
  const offset = int64(offsetText);
  if (offset < 0n) refuse(errorTexts.offset);
  const text = textOf(keyspace, key) ?? "";
  if (patch === "") return text.length;
  if (offset + BigInt(patch.length) > BULK_MAX_BYTES) refuse(errorTexts.tooLong);
  const start = Number(offset);
  const next = text.slice(0, start).padEnd(start, "\0") + patch + text.slice(start + patch.length);
  replaceText(keyspace, key, next);
  return next.length;
}

function mset(onlyIfAbsent: boolean): Command {
  return [
    -3,
    (keyspace, args, name) => {
      if (args.length % 2 !== 0) refuse(arityError(name));
      if (onlyIfAbsent && args.some((key, at) => at % 2 === 0 && keyspace.slot(key))) return 0;
      for (let at = 0; at < args.length; at += 2) putText(keyspace, args[at] ?? "", args[at + 1] ?? "");
      return onlyIfAbsent ? 1 : OK;
    },
  ];
}

function getrange(keyspace: ModelKeyspace, [key = "", from = "", to = ""]: string[]): Reply {
  const bounds = [Number(int64(from)), Number(int64(to))];
  const text = textOf(keyspace, key) ?? "";
  const [start = 0, end = 0] = bounds.map((at) => Math.max(0, at < 0 ? text.length + at : at));
  if ((bounds[0] ?? 0) < 0 && (bounds[1] ?? 0) < 0 && (bounds[0] ?? 0) > (bounds[1] ?? 0)) return "";
  return text.slice(start, end + 1);
}

function increment(keyspace: ModelKeyspace, key: string, by: bigint): Reply {
  const text = textOf(keyspace, key);
  const value = text === undefined ? 0n : int64(text);
  const sum = value + by;
  if (sum > int64Max || sum < int64Min) refuse(errorTexts.overflow);
  replaceText(keyspace, key, sum.toString());
  return Number(sum);
}

function decrby(keyspace: ModelKeyspace, [key = "", text = ""]: string[]): Reply {
  const by = int64(text);
  if (by === int64Min) refuse(errorTexts.decrementOverflow);
  return increment(keyspace, key, -by);
}

function incrbyfloat(keyspace: ModelKeyspace, [key = "", byText = ""]: string[]): Reply {
  const value = parseDecimal(textOf(keyspace, key) ?? "0") ?? refuse(errorTexts.notFloat);
  const by = parseDecimal(byText) ?? refuse(errorTexts.notFloat);
  if (value === "infinite" || by === "infinite") return refuse(errorTexts.notFinite);
  const sum = decimalText(keyspace.exactFloats ? value + by : rounded(value + by));
  replaceText(keyspace, key, sum);
  return sum;
}

export const stringCommands: Record<string, Command> = {
  GET: [2, (keyspace, [key = ""]) => textOf(keyspace, key) ?? false],
  STRLEN: [2, (keyspace, [key = ""]) => textOf(keyspace, key)?.length ?? 0],
  GETRANGE: [4, getrange],
  SUBSTR: [4, getrange],
  SET: [-3, set],
  SETNX: [
    3,
    (keyspace, [key = "", text = ""]) => {
      if (keyspace.slot(key)) return 0;
      putText(keyspace, key, text);
      return 1;
    },
  ],
  SETEX: setWithUnit("EX"),
  PSETEX: setWithUnit("PX"),
  GETSET: [
    3,
    (keyspace, [key = "", text = ""]) => {
      const old = textOf(keyspace, key) ?? false;
      putText(keyspace, key, text);
      return old;
    },
  ],
  GETDEL: [
    2,
    (keyspace, [key = ""]) => {
      const old = textOf(keyspace, key) ?? false;
      keyspace.remove(key);
      return old;
    },
  ],
  GETEX: [-2, getex],
  APPEND: [3, append],
  SETRANGE: [4, setrange],
  MSET: mset(false),
  MSETNX: mset(true),
};

export const counterCommands: Record<string, Command> = {
  INCR: [2, (keyspace, [key = ""]) => increment(keyspace, key, 1n)],
  DECR: [2, (keyspace, [key = ""]) => increment(keyspace, key, -1n)],
  INCRBY: [
    3,
    (keyspace, [key = "", by = ""]) => increment(keyspace, key, parseInt64(by) ?? refuse(errorTexts.notInteger)),
  ],
  DECRBY: [3, decrby],
  INCRBYFLOAT: [3, incrbyfloat],
};
