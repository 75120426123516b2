/** Options of SET, GETEX and the EXPIRE family, checked in Redis's order and with its errors. */
import { errorTexts, expireError, refuse } from "./errors.js";
import { int64, int64Max, int64Min } from "./numbers.js";

export interface StringOptions {
  condition?: "NX" | "XX";
  get: boolean;
  keepTtl: boolean;
  persist: boolean;
  expire?: { unit: string; text: string };
}

export function parseStringOptions(args: string[], getex: boolean): StringOptions {
  const options: StringOptions = { get: false, keepTtl: false, persist: false };
  for (let at = 0; at < args.length; at++) {
    const word = (args[at] ?? "").toUpperCase();
    const timeless = options.expire === undefined && !options.keepTtl && !options.persist;
    if ((word === "NX" || word === "XX") && !getex) {
      if (options.condition && options.condition !== word) refuse(errorTexts.syntax);
      options.condition = word;
    } else if (word === "GET" && !getex) options.get = true;
    else if (word === "KEEPTTL" && !getex && options.expire === undefined) options.keepTtl = true;
    else if (word === "PERSIST" && getex && options.expire === undefined) options.persist = true;
    else if (["EX", "PX", "EXAT", "PXAT"].includes(word) && (timeless || isRepeat(options, word))) {
      const text = args[++at];
      if (text === undefined) return refuse(errorTexts.syntax);
      options.expire = { unit: word, text };
    } else refuse(errorTexts.syntax);
  }
  return options;
}

/** Redis lets the same unit be given twice; the last one counts. */
function isRepeat(options: StringOptions, word: string): boolean {
  return options.expire?.unit === word;
}

/** The absolute deadline of SET-like options. */
export function stringDeadline(nowMs: number, expire: { unit: string; text: string }, name: string): number {
  let value = int64(expire.text);
  if (value <= 0n) refuse(expireError(name));
  if (expire.unit.startsWith("E")) {
    if (value > int64Max / 1000n) refuse(expireError(name));
    value *= 1000n;
  }
  if (!expire.unit.endsWith("AT")) {
    if (value > int64Max - BigInt(nowMs)) refuse(expireError(name));
    value += BigInt(nowMs);
  }
  return Number(value);
}

export function parseExpireConditions(args: string[]): Set<string> {
  const words = new Set<string>();
  for (const arg of args) {
    const word = arg.toUpperCase();
    if (!["NX", "XX", "GT", "LT"].includes(word)) refuse(`ERR Unsupported option ${arg}`);
    words.add(word);
  }
  if (words.has("NX") && words.size > 1) refuse(errorTexts.expireConflict);
  if (words.has("GT") && words.has("LT")) refuse(errorTexts.expireGreaterLess);
  return words;
}

export function expireDeadline(baseMs: number, text: string, seconds: boolean, name: string): number {
  let when = int64(text);
  if (seconds) {
    if (when > int64Max / 1000n || when < int64Min / 1000n) refuse(expireError(name));
    when *= 1000n;
  }
  if (when > int64Max - BigInt(baseMs)) refuse(expireError(name));
  return Number(when + BigInt(baseMs));
}

/** Whether NX, XX, GT, LT let the deadline `when` replace `current` (0 = none). */
export function mayExpire(words: Set<string>, when: number, current: number): boolean {
  if (words.has("NX") && current !== 0) return false;
  if (words.has("XX") && current === 0) return false;
  if (words.has("GT") && (current === 0 || when <= current)) return false;
  return !(words.has("LT") && current !== 0 && when >= current);
}
