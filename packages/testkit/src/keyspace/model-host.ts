/**
 * The core's host over a model keyspace: what Redis gives a function, in Node.
 *
 * `memory` stands for the library's module-level tables: they live as long as the server process, so `restart`
 * clears them and changes the run id. Wrap each call of the core in `keyspace.atomic`, or time would move in it.
 */
import { createHash } from "node:crypto";
import { slotOfKey, type Host, type Packed, type Reply } from "@meridian/core";
import type { ModelKeyspace } from "./model-keyspace.js";
import { pack, unpack } from "./msgpack.js";

const STAMP_BYTES = 7;

export class ModelHost implements Host {
  memory: Record<string, unknown> = {};
  readonly keyspace: ModelKeyspace;

  constructor(keyspace: ModelKeyspace) {
    this.keyspace = keyspace;
  }

  call = (command: string, ...args: (string | number)[]): Reply => this.keyspace.call(command, ...args);

  pcall = (command: string, ...args: (string | number)[]): Reply => this.keyspace.pcall(command, ...args);

  /** The model has one user, who may do everything. */
  aclAllows = (): boolean => true;

  pack = (value: Packed): string => pack(value);

  unpack = (text: string): Packed | undefined => unpack(text);

  unpackOwn = (text: string): Packed => {
    const value = unpack(text);
    if (value === undefined) throw new Error("metadata that can't be unpacked");
    return value;
  };

  packStamp = (value: number): string => {
    let text = "";
    for (let at = STAMP_BYTES - 1; at >= 0; at--) text += String.fromCharCode(Math.floor(value / 256 ** at) % 256);
    return text;
  };

  unpackStamp = (text: string, offset: number): number => {
    let value = 0;
    for (let at = 0; at < STAMP_BYTES; at++) value = value * 256 + text.charCodeAt(offset + at);
    return value;
  };

  sha1hex = (text: string): string => createHash("sha1").update(text, "latin1").digest("hex");

  hexNumber = (digits: string): number => parseInt(digits, 16);

  integerText = (value: number): string => BigInt(value).toString();

  slotOf = (key: string): number => slotOfKey(Buffer.from(key, "latin1"));

  /** As C prints `%.15g`, `%.16g` or `%.17g`. */
  doubleText = (value: number): string => {
    if (!Number.isFinite(value)) return value > 0 ? "inf" : value < 0 ? "-inf" : "nan";
    const digits = [15, 16, 17].find((count) => Number(value.toPrecision(count)) === value) ?? 17;
    return generalText(value, digits);
  };

  /** As Lua's `tonumber`: the whole text, blanks around it allowed. */
  toNumber = (text: string, base: number): number => {
    const trimmed = text.trim();
    if (base === 10) return /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i.test(trimmed) ? Number(trimmed) : NaN;
    const digits = trimmed.toLowerCase();
    const valid = [...digits].every((digit) => !Number.isNaN(parseInt(digit, base)));
    return digits !== "" && valid ? parseInt(digits, base) : NaN;
  };

  /** As Lua's `cjson`, which escapes two characters more. */
  jsonEncode = (value: unknown): string => JSON.stringify(value).replaceAll("\x7f", "\\u007f").replaceAll("/", "\\/");

  /** The server process ends and another begins: with these data, without memory. */
  restart(runId: string): void {
    this.memory = {};
    this.keyspace.runId = runId;
  }
}

/** C's `%.<digits>g`. */
function generalText(value: number, digits: number): string {
  const [mantissa = "", exponentText = "0"] = value.toExponential(digits - 1).split("e");
  const exponent = Number(exponentText);
  const strip = (text: string): string => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (exponent >= -4 && exponent < digits) {
    return Object.is(value, -0) ? "-0" : strip(value.toFixed(Math.max(0, digits - 1 - exponent)));
  }
  const sign = exponent < 0 ? "-" : "+";
  return `${strip(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
