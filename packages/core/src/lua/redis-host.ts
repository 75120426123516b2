/**
 * The host in Redis: `redis.call` and the libraries that Lua scripts have.
 *
 * It binds itself as this module loads. TypeScriptToLua copies an imported binding when the importing module loads,
 * so `host` must be set before any module that uses it: main.ts imports this file first.
 *
 * Compiled by TypeScriptToLua only; in Node these globals do not exist and nothing imports this file.
 */
/// <reference types="@typescript-to-lua/language-extensions" />
import { bindHost, type Host, type Packed, type Reply } from "../host.js";
import { hashSlot } from "./hash-slot.js";
import { scriptEngine } from "./script-engine.js";

interface RedisApi {
  call(this: void, command: string, ...args: (string | number)[]): Reply;
  pcall(this: void, command: string, ...args: (string | number)[]): Reply;
  sha1hex(this: void, text: string): string;
  acl_check_cmd(this: void, command: string, ...args: string[]): boolean;
}
interface MessagePack {
  pack(this: void, value: Packed): string;
  /** The offset of what follows the value (-1 nothing), and the value. */
  unpack_one(this: void, text: string, offset: number): LuaMultiReturn<[number, Packed | undefined]>;
}
interface Struct {
  pack(this: void, format: string, value: number): string;
  unpack(this: void, format: string, text: string, position: number): LuaMultiReturn<[number, number]>;
}
interface LuaStrings {
  format(this: void, format: string, value: number): string;
  byte(this: void, text: string, from: number, to: number): LuaMultiReturn<number[]>;
  char(this: void, ...bytes: number[]): string;
}

declare const redis: RedisApi;
declare const cmsgpack: MessagePack;
declare const struct: Struct;
declare const cjson: { encode(this: void, value: unknown): string };
declare const string: LuaStrings;
declare function tostring(this: void, value: number): string;
declare function tonumber(this: void, text: string): number | undefined;
declare function pcall<A extends unknown[], R extends unknown[]>(
  this: void,
  run: (this: void, ...args: A) => LuaMultiReturn<R>,
  ...args: A
): LuaMultiReturn<[boolean, ...R]>;

/** 7 bytes, big endian. */
const STAMP_FORMAT = ">I7";
const STAMP_MAX = 9007199254740991;
const NOTHING_LEFT = -1;

/** One whole value. What it holds is for log/shapes.ts to check. */
function unpack(this: void, text: string): Packed | undefined {
  const [isRead, next, value] = pcall(cmsgpack.unpack_one, text, 0);
  return isRead && next === NOTHING_LEFT ? value : undefined;
}

function unpackOwn(this: void, text: string): Packed {
  const [, value] = cmsgpack.unpack_one(text, 0);
  return value!;
}

function doubleText(this: void, value: number): string {
  const short = string.format("%.15g", value);
  if (tonumber(short) === value) return short;
  const longer = string.format("%.16g", value);
  return tonumber(longer) === value ? longer : string.format("%.17g", value);
}

function packWithStruct(this: void, value: number): string {
  return struct.pack(STAMP_FORMAT, value);
}

function unpackWithStruct(this: void, text: string, offset: number): number {
  const [value] = struct.unpack(STAMP_FORMAT, text, offset + 1);
  return value;
}

/** Where C's `long` has 32 bits (WebAssembly), `struct` loses the upper bytes. */
function packByHand(this: void, value: number): string {
  const upper = Math.floor(value / 4294967296);
  const lower = value - upper * 4294967296;
  return string.char(
    Math.floor(upper / 65536),
    Math.floor(upper / 256) % 256,
    upper % 256,
    Math.floor(lower / 16777216),
    Math.floor(lower / 65536) % 256,
    Math.floor(lower / 256) % 256,
    lower % 256,
  );
}

function unpackByHand(this: void, text: string, offset: number): number {
  const [a, b, c, d, e, f, g] = string.byte(text, offset + 1, offset + 7);
  return (a! * 65536 + b! * 256 + c!) * 4294967296 + (d! * 16777216 + e! * 65536 + f! * 256 + g!);
}

function isStructExact(): boolean {
  const text = packByHand(STAMP_MAX);
  return packWithStruct(STAMP_MAX) === text && unpackWithStruct(text, 0) === STAMP_MAX;
}

function toNumber(this: void, text: string, base: number): number {
  return base === 10 ? (tonumber(text) ?? NaN) : digitsToNumber(text.toLowerCase(), base);
}

/** Lua's `tonumber` goes through C's `unsigned long` where the base is not 10: 32 bits in WebAssembly. */
function digitsToNumber(this: void, text: string, base: number): number {
  let value = text === "" ? NaN : 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const digit = code >= 97 ? code - 87 : code - 48;
    if (!(digit >= 0 && digit < base) || (code > 57 && code < 97)) return NaN;
    value = value * base + digit;
  }
  return value;
}

/** C's `strtod` reads hexadecimal digits too, which is much quicker than one digit after the other. */
function hexNumber(this: void, digits: string): number {
  return tonumber("0x" + digits)!;
}

/** `tostring` prints 14 digits, at half the price of a format. */
const TOSTRING_MAX = 1e14;

function integerText(this: void, value: number): string {
  return value < TOSTRING_MAX && value > -TOSTRING_MAX ? tostring(value) : string.format("%.0f", value);
}

/** Valkey in WebAssembly (0.1.1) traps in acl_check_cmd; it serves one machine's trial, without users. */
function allowAll(this: void): boolean {
  return true;
}

const hasExactStruct = isStructExact();
const aclAllows = hasExactStruct ? redis.acl_check_cmd : allowAll;

export const redisHost: Host = {
  call: redis.call,
  pcall: redis.pcall,
  aclAllows,
  pack: cmsgpack.pack,
  unpack,
  unpackOwn,
  packStamp: hasExactStruct ? packWithStruct : packByHand,
  unpackStamp: hasExactStruct ? unpackWithStruct : unpackByHand,
  sha1hex: redis.sha1hex,
  hexNumber,
  integerText,
  doubleText,
  toNumber,
  slotOf: hashSlot,
  jsonEncode: cjson.encode,
  memory: {},
  scripts: scriptEngine(aclAllows),
};

bindHost(redisHost);
