/**
 * MessagePack byte for byte as Redis's lua-cmsgpack writes it, for agents, tools and the simulator, where there is no host:
 * texts are bytes, latin1.
 *
 * Integers take the shortest form; other numbers are doubles, or singles where those are exact; texts are raw bytes.
 */
import type { Packed } from "../host.js";

const TWO_32 = 2 ** 32;
const scratch = new DataView(new ArrayBuffer(8));

export function packText(value: Packed | undefined): string {
  if (typeof value === "string") return textHead(value.length) + value;
  if (typeof value === "number") return numberText(value);
  if (value === undefined) return "\xc0";
  if (typeof value === "boolean") return value ? "\xc3" : "\xc2";
  let packed = arrayHead(value.length);
  for (const part of value) packed += packText(part);
  return packed;
}

function textHead(length: number): string {
  if (length < 32) return String.fromCharCode(0xa0 + length);
  if (length < 256) return String.fromCharCode(0xd9, length);
  return length < 65536 ? `\xda${big(length, 2)}` : `\xdb${big(length, 4)}`;
}

function arrayHead(length: number): string {
  if (length < 16) return String.fromCharCode(0x90 + length);
  return length < 65536 ? `\xdc${big(length, 2)}` : `\xdd${big(length, 4)}`;
}

function numberText(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 63) return floatText(value);
  if (value >= 0) {
    if (value < 128) return String.fromCharCode(value);
    if (value < 256) return String.fromCharCode(0xcc, value);
    if (value < 65536) return `\xcd${big(value, 2)}`;
    return value < TWO_32 ? `\xce${big(value, 4)}` : `\xcf${wide(value)}`;
  }
  if (value >= -32) return String.fromCharCode(256 + value);
  if (value >= -128) return String.fromCharCode(0xd0, 256 + value);
  if (value >= -32768) return `\xd1${big(65536 + value, 2)}`;
  return value >= -TWO_32 / 2 ? `\xd2${big(TWO_32 + value, 4)}` : `\xd3${wide(value)}`;
}

function floatText(value: number): string {
  const isSingle = Math.fround(value) === value;
  if (isSingle) scratch.setFloat32(0, value);
  else scratch.setFloat64(0, value);
  return (isSingle ? "\xca" : "\xcb") + scratchText(isSingle ? 4 : 8);
}

function wide(value: number): string {
  scratch.setBigInt64(0, BigInt(value));
  return scratchText(8);
}

function scratchText(size: number): string {
  let text = "";
  for (let at = 0; at < size; at++) text += String.fromCharCode(scratch.getUint8(at));
  return text;
}

function big(value: number, size: number): string {
  let text = "";
  for (let at = size - 1; at >= 0; at--) text += String.fromCharCode(Math.floor(value / 256 ** at) % 256);
  return text;
}

interface Reader {
  readonly text: string;
  at: number;
}

/** The value; undefined where the text is not exactly one. */
export function unpackText(text: string): Packed | undefined {
  const reader: Reader = { text, at: 0 };
  try {
    const value = read(reader);
    return reader.at === text.length ? value : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function read(reader: Reader): Packed {
  const first = unsigned(reader, 1);
  if (first < 0x80) return first;
  if (first >= 0xe0) return first - 256;
  if (first >= 0xa0 && first < 0xc0) return readText(reader, first - 0xa0);
  if (first >= 0x90 && first < 0xa0) return readArray(reader, first - 0x90);
  switch (first) {
    case 0x80: // an empty table of Lua's
      return [];
    case 0xc2:
      return false;
    case 0xc3:
      return true;
    case 0xca:
      return scratchOf(reader, 4).getFloat32(0);
    case 0xcb:
      return scratchOf(reader, 8).getFloat64(0);
    case 0xcc:
      return unsigned(reader, 1);
    case 0xcd:
      return unsigned(reader, 2);
    case 0xce:
      return unsigned(reader, 4);
    case 0xcf:
      return Number(scratchOf(reader, 8).getBigUint64(0));
    case 0xd0:
      return scratchOf(reader, 1).getInt8(0);
    case 0xd1:
      return scratchOf(reader, 2).getInt16(0);
    case 0xd2:
      return scratchOf(reader, 4).getInt32(0);
    case 0xd3:
      return Number(scratchOf(reader, 8).getBigInt64(0));
    case 0xd9:
      return readText(reader, unsigned(reader, 1));
    case 0xda:
      return readText(reader, unsigned(reader, 2));
    case 0xdb:
      return readText(reader, unsigned(reader, 4));
    case 0xdc:
      return readArray(reader, unsigned(reader, 2));
    case 0xdd:
      return readArray(reader, unsigned(reader, 4));
    default:
      throw new RangeError("not a MessagePack type that a log entry uses");
  }
}

function skip(reader: Reader, size: number): number {
  const from = reader.at;
  if (from + size > reader.text.length) throw new RangeError("the text ends too early");
  reader.at += size;
  return from;
}

function scratchOf(reader: Reader, size: number): DataView {
  const from = skip(reader, size);
  for (let at = 0; at < size; at++) scratch.setUint8(at, reader.text.charCodeAt(from + at));
  return scratch;
}

function unsigned(reader: Reader, size: number): number {
  const from = skip(reader, size);
  let value = 0;
  for (let at = 0; at < size; at++) value = value * 256 + reader.text.charCodeAt(from + at);
  return value;
}

function readText(reader: Reader, length: number): string {
  const from = skip(reader, length);
  return reader.text.slice(from, from + length);
}

function readArray(reader: Reader, length: number): Packed[] {
  if (length > reader.text.length - reader.at) throw new RangeError("the text ends too early");
  const values: Packed[] = [];
  for (let at = 0; at < length; at++) values.push(read(reader));
  return values;
}
