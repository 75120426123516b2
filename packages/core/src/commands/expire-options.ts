/** Options of SET and GETEX, and times of the EXPIRE family: read in Redis's order, with its errors. */
import { errors, expireError, refuse, type ErrorReply } from "../errors.js";
import { isRefused } from "../errors.js";
import { deadlineOf, int64Argument } from "./numbers.js";

export interface StringOptions {
  /** NX, XX or "". */
  condition: string;
  get: boolean;
  keepTtl: boolean;
  persist: boolean;
  /** EX, PX, EXAT, PXAT or "". */
  unit: string;
  amount: string;
}

export function parseStringOptions(args: string[], from: number, isGetex: boolean): StringOptions | ErrorReply {
  const options: StringOptions = { condition: "", get: false, keepTtl: false, persist: false, unit: "", amount: "" };
  let at = from;
  while (at < args.length) {
    const word = args[at]!.toUpperCase();
    if (!isGetex && (word === "NX" || word === "XX") && (options.condition === "" || options.condition === word)) {
      options.condition = word;
    } else if (!isGetex && word === "GET") {
      options.get = true;
    } else if (!isGetex && word === "KEEPTTL" && options.unit === "") {
      options.keepTtl = true;
    } else if (isGetex && word === "PERSIST" && options.unit === "") {
      options.persist = true;
    } else if (isTimeUnit(word) && mayTakeUnit(options, word) && at + 1 < args.length) {
      options.unit = word;
      options.amount = args[at + 1]!;
      at++;
    } else {
      return refuse(errors.syntax);
    }
    at++;
  }
  return options;
}

function isTimeUnit(word: string): boolean {
  return word === "EX" || word === "PX" || word === "EXAT" || word === "PXAT";
}

/** The same unit may be given twice, as in Redis; the last amount counts. */
function mayTakeUnit(options: StringOptions, word: string): boolean {
  return !options.keepTtl && !options.persist && (options.unit === "" || options.unit === word);
}

/** Unix ms of an `EX 10`, `PXAT 1700000000000` and the like. */
export function optionDeadline(unit: string, amount: string, nowMs: number, name: string): number | ErrorReply {
  const value = int64Argument(amount);
  if (isRefused(value)) return value;
  if (value === "0" || value.substring(0, 1) === "-") return expireError(name);
  const isAbsolute = unit === "EXAT" || unit === "PXAT";
  return deadlineOf(value, unit === "EX" || unit === "EXAT", isAbsolute ? 0 : nowMs) ?? expireError(name);
}

export interface ExpireConditions {
  nx: boolean;
  xx: boolean;
  gt: boolean;
  lt: boolean;
}

export function parseExpireConditions(args: string[], from: number): ExpireConditions | ErrorReply {
  const conditions: ExpireConditions = { nx: false, xx: false, gt: false, lt: false };
  for (let at = from; at < args.length; at++) {
    const word = args[at]!.toUpperCase();
    if (word === "NX") conditions.nx = true;
    else if (word === "XX") conditions.xx = true;
    else if (word === "GT") conditions.gt = true;
    else if (word === "LT") conditions.lt = true;
    else return refuse(`ERR Unsupported option ${args[at]!}`);
  }
  if (conditions.nx && (conditions.xx || conditions.gt || conditions.lt)) return refuse(errors.expireConflict);
  if (conditions.gt && conditions.lt) return refuse(errors.expireGreaterLess);
  return conditions;
}

/** Whether the deadline may replace the current one (0: none). */
export function mayExpire(conditions: ExpireConditions, deadline: number, current: number): boolean {
  if (conditions.nx && current !== 0) return false;
  if (conditions.xx && current === 0) return false;
  if (conditions.gt && (current === 0 || deadline <= current)) return false;
  return !(conditions.lt && current !== 0 && deadline >= current);
}
