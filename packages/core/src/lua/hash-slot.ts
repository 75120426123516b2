/**
 * The hash slot of a key, as Redis Cluster has it: CRC-16 (XMODEM) of the text in its first braces, or of all of it, modulo 16,384.
 * By tables, for a call of the bit library takes longer than several look-ups: 4 of those for each byte.
 *
 * Compiled by TypeScriptToLua only.
 */
/// <reference types="@typescript-to-lua/language-extensions" />

declare const _G: { readonly bit: { bxor(this: void, left: number, right: number): number } };
declare const string: { byte(this: void, text: string, from: number, to: number): LuaMultiReturn<number[]> };

const POLYNOMIAL = 0x1021;
const SLOTS = 16384;
/** Bytes taken out of a text at once: Lua's stack is small. */
const PIECE = 128;

interface Tables {
  /** By one byte and another: both, exclusively. */
  readonly mixed: Record<number, Record<number, number>>;
  /** By a byte, the halves of what it makes of the sum. */
  readonly high: Record<number, number>;
  readonly low: Record<number, number>;
}

/** Made when first needed. */
let tables: Tables | undefined;

function makeTables(this: void): Tables {
  const { bxor } = _G.bit;
  const made: Tables = { mixed: {}, high: {}, low: {} };
  for (let byte = 0; byte < 256; byte++) {
    const row: Record<number, number> = {};
    for (let other = 0; other < 256; other++) row[other] = bxor(byte, other);
    made.mixed[byte] = row;
    let sum = byte * 256;
    for (let step = 0; step < 8; step++) sum = sum >= 32768 ? bxor((sum - 32768) * 2, POLYNOMIAL) : sum * 2;
    made.high[byte] = Math.floor(sum / 256);
    made.low[byte] = sum % 256;
  }
  tables = made;
  return made;
}

export function hashSlot(this: void, key: string): number {
  const { mixed, high, low } = tables ?? makeTables();
  let first = 0;
  let last = key.length;
  const opening = key.indexOf("{");
  if (opening >= 0) {
    const closing = key.indexOf("}", opening + 1);
    if (closing > opening + 1) {
      first = opening + 1;
      last = closing;
    }
  }
  let upper = 0;
  let lower = 0;
  for (let from = first; from < last; from += PIECE) {
    const bytes = [...string.byte(key, from + 1, from + PIECE < last ? from + PIECE : last)];
    for (const byte of bytes) {
      const index = mixed[upper]![byte]!;
      upper = mixed[lower]![high[index]!]!;
      lower = low[index]!;
    }
  }
  return (upper * 256 + lower) % SLOTS;
}
