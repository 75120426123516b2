/**
 * HyperLogLogs as Redis keeps them in strings: a header, and 16384 registers of 6 bits or their run-length coding.
 *
 * Invariants: 1. what is written here is dense, but for one without elements: as by a server whose `hll-sparse-max-bytes`
 * is 0. Other sparse forms are only read, and refused as soon as any part of one is broken (Redis's PFADD sees only the
 * part it touches). 2. the header caches the last estimate, as Redis does, until a register changes.
 */
const HEADER_BYTES = 16;
const ENCODING_AT = 4;
const CACHE_AT = 8;
const STALE_AT = 15;
const STALE = 0x80;
const DENSE = 0;
const SPARSE = 1;
const INDEX_BITS = 14;
const COUNT_BITS = 50;
const REGISTER_BITS = 6;
const REGISTER_MAX = 63;
const REGISTERS = 1 << INDEX_BITS;
const DENSE_BYTES = HEADER_BYTES + (REGISTERS * REGISTER_BITS) / 8;
/** 0.5 / ln 2 */
const ALPHA = 0.5 / Math.LN2;
const HASH_SEED = 0xadc83b19n;
const HASH_FACTOR = 0xc6a4a7935bd1e995n;
const HASH_SHIFT = 47n;
const BLOCK_BYTES = 8;

export type Registers = Uint8Array;

/** Whether the text is one, as far as Redis checks before it reads the registers. */
export function isHyperLogLog(text: string): boolean {
  if (text.length < HEADER_BYTES || !text.startsWith("HYLL")) return false;
  const encoding = text.charCodeAt(ENCODING_AT);
  return encoding === SPARSE || (encoding === DENSE && text.length === DENSE_BYTES);
}

/** One without elements, as a server makes it: one run of zeros, and no estimate. */
export const emptySparse = `HYLL\x01${"\0".repeat(10)}\x80\x7f\xff`;

export function emptyHyperLogLog(): Buffer {
  const bytes = Buffer.alloc(DENSE_BYTES);
  bytes.write("HYLL", "latin1");
  return bytes;
}

/** The bytes in dense form; undefined where the sparse form is broken. */
export function denseOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "latin1");
  if (bytes[ENCODING_AT] === DENSE) return bytes;
  const registers = sparseRegisters(bytes);
  if (!registers) return undefined;
  const dense = emptyHyperLogLog();
  bytes.copy(dense, CACHE_AT, CACHE_AT, HEADER_BYTES);
  writeRegisters(dense, registers);
  return dense;
}

/** The runs of a sparse form: 00 zeros, 01 many zeros in two bytes, 1 a value repeated. */
function sparseRegisters(bytes: Buffer): Registers | undefined {
  const registers = noRegisters();
  let index = 0;
  for (let at = HEADER_BYTES; at < bytes.length; at++) {
    const code = bytes[at]!;
    if (code < 0x40) index += code + 1;
    else if (code < 0x80) index += ((code & 0x3f) << 8) + (bytes[++at] ?? 0) + 1;
    else {
      const run = (code & 0x3) + 1;
      if (index + run > REGISTERS) return undefined;
      registers.fill(((code >> 2) & 0x1f) + 1, index, index + run);
      index += run;
    }
  }
  return index === REGISTERS ? registers : undefined;
}

export function noRegisters(): Registers {
  return new Uint8Array(REGISTERS);
}

export function registersOf(dense: Buffer): Registers {
  const registers = noRegisters();
  let index = 0;
  // Three bytes hold four registers.
  for (let at = HEADER_BYTES; at < DENSE_BYTES; at += 3) {
    const four = dense[at]! | (dense[at + 1]! << 8) | (dense[at + 2]! << 16);
    registers[index++] = four & REGISTER_MAX;
    registers[index++] = (four >> REGISTER_BITS) & REGISTER_MAX;
    registers[index++] = (four >> (2 * REGISTER_BITS)) & REGISTER_MAX;
    registers[index++] = four >> (3 * REGISTER_BITS);
  }
  return registers;
}

export function writeRegisters(dense: Buffer, registers: Registers): void {
  let index = 0;
  for (let at = HEADER_BYTES; at < DENSE_BYTES; at += 3) {
    let four = 0;
    for (let place = 0; place < 4; place++) four |= registers[index++]! << (place * REGISTER_BITS);
    dense[at] = four & 0xff;
    dense[at + 1] = (four >> 8) & 0xff;
    dense[at + 2] = four >> 16;
  }
}

/** Raises each register to what it is in the other. */
export function raise(registers: Registers, other: Registers): void {
  for (let index = 0; index < REGISTERS; index++) {
    if (other[index]! > registers[index]!) registers[index] = other[index]!;
  }
}

function register(dense: Buffer, index: number): number {
  const bit = index * REGISTER_BITS;
  const at = HEADER_BYTES + (bit >> 3);
  return ((dense[at]! | ((dense[at + 1] ?? 0) << 8)) >> (bit & 7)) & REGISTER_MAX;
}

/** Raises a register; whether it was lower. */
export function setRegister(dense: Buffer, index: number, count: number): boolean {
  if (count <= register(dense, index)) return false;
  const bit = index * REGISTER_BITS;
  const at = HEADER_BYTES + (bit >> 3);
  const pair = dense[at]! | ((dense[at + 1] ?? 0) << 8);
  const next = (pair & ~(REGISTER_MAX << (bit & 7))) | (count << (bit & 7));
  dense[at] = next & 0xff;
  if (at + 1 < dense.length) dense[at + 1] = next >> 8;
  return true;
}

/** The register that an element goes to, and what it would raise it to. */
export function placeOfElement(element: string): [index: number, count: number] {
  const hash = murmurHash(Buffer.from(element, "latin1"));
  const index = Number(hash & BigInt(REGISTERS - 1));
  let rest = hash >> BigInt(INDEX_BITS);
  let count = 1;
  while ((rest & 1n) === 0n && count <= COUNT_BITS) {
    rest >>= 1n;
    count++;
  }
  return [index, count];
}

/** MurmurHash64A, little-endian. */
function murmurHash(bytes: Buffer): bigint {
  const multiplied = (value: bigint): bigint => BigInt.asUintN(64, value * HASH_FACTOR);
  let hash = HASH_SEED ^ multiplied(BigInt(bytes.length));
  const whole = bytes.length - (bytes.length % BLOCK_BYTES);
  for (let at = 0; at < whole; at += BLOCK_BYTES) {
    const block = multiplied(bytes.readBigUInt64LE(at));
    hash = multiplied(hash ^ multiplied(block ^ (block >> HASH_SHIFT)));
  }
  if (whole < bytes.length) {
    let tail = 0n;
    for (let at = bytes.length - 1; at >= whole; at--) tail = (tail << 8n) | BigInt(bytes[at]!);
    hash = multiplied(hash ^ tail);
  }
  hash = multiplied(hash ^ (hash >> HASH_SHIFT));
  return hash ^ (hash >> HASH_SHIFT);
}

export function markStale(bytes: Buffer): void {
  bytes[STALE_AT] = bytes[STALE_AT]! | STALE;
}

/** The estimate in the header, where it is still true. */
export function cachedCount(text: string): number | undefined {
  if (text.charCodeAt(STALE_AT) >= STALE) return undefined;
  return Number(Buffer.from(text.slice(CACHE_AT, HEADER_BYTES), "latin1").readBigUInt64LE());
}

/** The text with the estimate in its header. */
export function withCachedCount(text: string, count: number): string {
  const cache = Buffer.alloc(HEADER_BYTES - CACHE_AT);
  cache.writeBigUInt64LE(BigInt(count));
  return text.slice(0, CACHE_AT) + cache.toString("latin1") + text.slice(HEADER_BYTES);
}

/** How many elements, after Ertl's improved estimator, which Redis uses since 4.0. */
export function estimate(registers: Registers): number {
  const histogram = Array.from({ length: REGISTER_MAX + 1 }, () => 0);
  for (let index = 0; index < REGISTERS; index++) histogram[registers[index]!]!++;
  let sum = REGISTERS * tau((REGISTERS - histogram[COUNT_BITS + 1]!) / REGISTERS);
  for (let count = COUNT_BITS; count >= 1; count--) sum = (sum + histogram[count]!) * 0.5;
  sum += REGISTERS * sigma(histogram[0]! / REGISTERS);
  return Math.round((ALPHA * REGISTERS * REGISTERS) / sum);
}

function sigma(share: number): number {
  if (share === 1) return Infinity;
  let power = share;
  let factor = 1;
  let sum = share;
  let before: number;
  do {
    power *= power;
    before = sum;
    sum += power * factor;
    factor += factor;
  } while (before !== sum);
  return sum;
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let root = share;
  let factor = 1;
  let sum = 1 - share;
  let before: number;
  do {
    root = Math.sqrt(root);
    before = sum;
    factor *= 0.5;
    sum -= (1 - root) ** 2 * factor;
  } while (before !== sum);
  return sum / 3;
}
