/** What an operation of a log does, as the command that it came from or is like: for people to read, few and short arguments. */
import { agentLimits } from "../../limits.js";
import { bytesOf, bytesOfCore } from "../bytes.js";
import type { Bytes } from "../documents.js";

/** As it was unpacked: texts are bytes, latin1 (the core's log/operation.ts). */
export type LoggedValue = string | number | boolean | LoggedValue[];

export interface OperationWords {
  command: string;
  arguments: Bytes[];
}

type Describe = (operation: LoggedValue[]) => OperationWords;

const many =
  (command: string, step = 1, parts = 1): Describe =>
  ([, , list]) =>
    words(command, ...eachOf(list, step, parts));

const DESCRIBED: Readonly<Record<string, Describe>> = {
  S: ([, , value, , expiresAt]) =>
    expiresAt === 0 || expiresAt === undefined ? words("SET", value) : words("SET", value, "PXAT", expiresAt),
  A: ([, , value]) => words("SET", value, "KEEPTTL"),
  I: ([, , field, , before, , sum, isFloat]) => {
    const amount = difference(sum, before);
    if (field === false) return words(isFloat === 1 ? "INCRBYFLOAT" : "INCRBY", amount);
    return words(isFloat === 1 ? "HINCRBYFLOAT" : "HINCRBY", field, amount);
  },
  J: ([, , member, , before, , sum]) => words("ZINCRBY", difference(sum, before), member),
  H: many("HSET", 3, 2),
  R: many("HDEL", 2),
  Y: ([, , list]) => words("ZADD", ...pairsTurned(list)),
  U: many("ZREM", 2),
  E: many("SADD"),
  F: many("SREM"),
  G: ([, , , elements]) => words("PFADD", ...eachOf(elements, 1, 1)),
  C: () => words("PFMERGE"),
  L: ([, , side, , values]) => words(side === "l" ? "LPUSH" : "RPUSH", ...eachOf(values, 1, 1)),
  N: ([, , , , value]) => words("LINSERT", value),
  W: ([, , , value]) => words("LSET", value),
  B: () => words("LREM"),
  a: ([, , id, fields]) => words("XADD", id, ...eachOf(fields, 1, 1)),
  d: many("XDEL"),
  t: ([, , id]) => words("XTRIM", id),
  i: ([, , id]) => words("XSETID", id),
  g: ([, , group]) => words("XGROUP CREATE", group),
  k: ([, , group]) => words("XGROUP DESTROY", group),
  p: ([, , group, , to]) => words("XACK", group, to),
  T: ([, , deadline]) => (deadline === 0 ? words("PERSIST") : words("PEXPIREAT", deadline)),
  D: () => words("DEL"),
  X: () => words("expired"),
  P: ([, , , , deadline]) => words("a whole value", ...(deadline === 0 ? [] : ["PXAT", deadline])),
  Z: () => words("FLUSHALL"),
};

export function operationWords(operation: LoggedValue[]): OperationWords {
  const [code] = operation;
  const describe = typeof code === "string" ? DESCRIBED[code] : undefined;
  return describe?.(operation) ?? words("a write");
}

function words(command: string, ...args: (LoggedValue | undefined)[]): OperationWords {
  const shown = args.slice(0, agentLimits.historyArgumentsMax).map((arg) => {
    const text = typeof arg === "string" ? arg : typeof arg === "number" ? String(arg) : "";
    return bytesOf(bytesOfCore(text), agentLimits.historyArgumentBytesMax);
  });
  return { command, arguments: shown };
}

/** Of each group of `step` the first `parts`. */
function eachOf(list: LoggedValue | undefined, step: number, parts: number): LoggedValue[] {
  if (!Array.isArray(list)) return [];
  return list.filter((_value, at) => at % step < parts);
}

/** [member score resets ...] as ZADD has it. */
function pairsTurned(list: LoggedValue | undefined): LoggedValue[] {
  const pairs = eachOf(list, 3, 2);
  return pairs.map((_value, at) => pairs[at % 2 === 0 ? at + 1 : at - 1] ?? "");
}

/** Of two sums as decimal texts; of the first `before` is false. */
function difference(sum: LoggedValue | undefined, before: LoggedValue | undefined): string {
  const [now, then] = [typeof sum === "string" ? sum : "0", typeof before === "string" ? before : "0"];
  const isWhole = /^-?\d+$/.test(now) && /^-?\d+$/.test(then);
  return isWhole ? String(BigInt(now) - BigInt(then)) : String(Number((Number(now) - Number(then)).toPrecision(15)));
}
