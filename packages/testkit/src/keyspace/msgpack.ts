/**
 * MessagePack byte for byte as Redis's lua-cmsgpack writes it, over latin1 binary strings.
 *
 * Integers take the shortest form; other numbers are doubles; texts are raw bytes (fixraw, raw 8, 16, 32);
 * `undefined` packs as nil. `unpack` answers undefined unless the text is exactly one value.
 */
import type { Packed } from "@meridian/core";

const TWO_32 = 2 ** 32;

export function pack(value: Packed | undefined): string {
  const bytes: number[] = [];
  packInto(bytes, value);
  return Buffer.from(bytes).toString("latin1");
}

function packInto(bytes: number[], value: Packed | undefined): void {
  if (value === undefined) bytes.push(0xc0);
  else if (value === false) bytes.push(0xc2);
  else if (value === true) bytes.push(0xc3);
  else if (typeof value === "number") packNumber(bytes, value);
  else if (typeof value === "string") packText(bytes, value);
  else packArray(bytes, value);
}

function packNumber(bytes: number[], value: number): void {
  if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 63) {
    const buffer = Buffer.alloc(8);
    buffer.writeDoubleBE(value);
    const single = Math.fround(value) === value;
    if (single) {
      const short = Buffer.alloc(4);
      short.writeFloatBE(value);
      bytes.push(0xca, ...short);
    } else bytes.push(0xcb, ...buffer);
  } else if (value >= 0) {
    if (value < 128) bytes.push(value);
    else if (value < 256) bytes.push(0xcc, value);
    else if (value < 65536) bytes.push(0xcd, ...big(value, 2));
    else if (value < TWO_32) bytes.push(0xce, ...big(value, 4));
    else bytes.push(0xcf, ...wide(value));
  } else if (value >= -32) bytes.push(256 + value);
  else if (value >= -128) bytes.push(0xd0, 256 + value);
  else if (value >= -32768) bytes.push(0xd1, ...big(65536 + value, 2));
  else if (value >= -TWO_32 / 2) bytes.push(0xd2, ...big(TWO_32 + value, 4));
  else bytes.push(0xd3, ...wide(value));
}

function packText(bytes: number[], text: string): void {
  const length = text.length;
  if (length < 32) bytes.push(0xa0 + length);
  else if (length < 256) bytes.push(0xd9, length);
  else if (length < 65536) bytes.push(0xda, ...big(length, 2));
  else bytes.push(0xdb, ...big(length, 4));
  for (let at = 0; at < length; at++) bytes.push(text.charCodeAt(at) & 255);
}

function packArray(bytes: number[], values: Packed[]): void {
  const length = values.length;
  if (length === 0) {
    bytes.push(0x90);
    return;
  }
  if (length < 16) bytes.push(0x90 + length);
  else if (length < 65536) bytes.push(0xdc, ...big(length, 2));
  else bytes.push(0xdd, ...big(length, 4));
  for (const value of values) packInto(bytes, value);
}

function big(value: number, size: number): number[] {
  const bytes: number[] = [];
  for (let at = size - 1; at >= 0; at--) bytes.push(Math.floor(value / 256 ** at) % 256);
  return bytes;
}

function wide(value: number): number[] {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(BigInt(value));
  return [...buffer];
}

export function unpack(text: string): Packed | undefined {
  const reader = { buffer: Buffer.from(text, "latin1"), at: 0 };
  try {
    const value = read(reader);
    return reader.at === reader.buffer.length ? value : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Reader {
  buffer: Buffer;
  at: number;
}

function read(reader: Reader): Packed {
  const first = unsigned(reader, 1);
  if (first < 0x80) return first;
  if (first >= 0xe0) return first - 256;
  if (first >= 0xa0 && first < 0xc0) return readText(reader, first - 0xa0);
  if (first >= 0x90 && first < 0xa0) return readArray(reader, first - 0x90);
  switch (first) {
    case 0x80:
      return [];
    case 0xc2:
      return false;
    case 0xc3:
      return true;
    case 0xca:
      return take(reader, 4).readFloatBE();
    case 0xcb:
      return take(reader, 8).readDoubleBE();
    case 0xcc:
      return unsigned(reader, 1);
    case 0xcd:
      return unsigned(reader, 2);
    case 0xce:
      return unsigned(reader, 4);
    case 0xcf:
      return Number(take(reader, 8).readBigUInt64BE());
    case 0xd0:
      return take(reader, 1).readInt8();
    case 0xd1:
      return take(reader, 2).readInt16BE();
    case 0xd2:
      return take(reader, 4).readInt32BE();
    case 0xd3:
      return Number(take(reader, 8).readBigInt64BE());
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

function take(reader: Reader, size: number): Buffer {
  if (reader.at + size > reader.buffer.length) throw new RangeError("the text ends too early");
  reader.at += size;
  return reader.buffer.subarray(reader.at - size, reader.at);
}

function unsigned(reader: Reader, size: number): number {
  return take(reader, size).readUIntBE(0, size);
}

function readText(reader: Reader, length: number): string {
  return take(reader, length).toString("latin1");
}

function readArray(reader: Reader, length: number): Packed[] {
  if (length > reader.buffer.length - reader.at) throw new RangeError("the text ends too early");
  const values: Packed[] = [];
  for (let at = 0; at < length; at++) values.push(read(reader));
  return values;
}
