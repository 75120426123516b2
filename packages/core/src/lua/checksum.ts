/**
 * The checksum that servers put at the end of what they dump: CRC-64 of Jones's polynomial, bits reversed, no initial value, 8
 * bytes, the least first. Two halves of 32 bits, for a Lua number holds 53.
 *
 * Compiled by TypeScriptToLua only.
 */
/// <reference types="@typescript-to-lua/language-extensions" />

interface Bits {
  band(this: void, left: number, right: number): number;
  bor(this: void, left: number, right: number): number;
  bxor(this: void, left: number, right: number): number;
  lshift(this: void, value: number, by: number): number;
  rshift(this: void, value: number, by: number): number;
}

/** By its own name it can't be declared: that is taken. */
declare const _G: { readonly bit: Bits };

const POLYNOMIAL_HIGH = 0x95ac9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;

/** For each byte the halves of what it adds; made when first needed. */
let highs: number[] | undefined;
let lows: number[] = [];

function makeTable(this: void): number[] {
  const { band, bor, bxor, lshift, rshift } = _G.bit;
  const made: number[] = [];
  lows = [];
  for (let byte = 0; byte < 256; byte++) {
    let [high, low] = [0, byte];
    for (let step = 0; step < 8; step++) {
      const isOdd = band(low, 1) === 1;
      low = bor(rshift(low, 1), lshift(high, 31));
      high = rshift(high, 1);
      if (isOdd) {
        low = bxor(low, POLYNOMIAL_LOW);
        high = bxor(high, POLYNOMIAL_HIGH);
      }
    }
    made.push(high);
    lows.push(low);
  }
  highs = made;
  return made;
}

export function checksum(this: void, text: string): string {
  const table = highs ?? makeTable();
  const { band, bor, bxor, lshift, rshift } = _G.bit;
  let [high, low] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const index = band(bxor(low, text.charCodeAt(at)), 255);
    low = bxor(bor(rshift(low, 8), lshift(high, 24)), lows[index]!);
    high = bxor(rshift(high, 8), table[index]!);
  }
  return bytesOf(low) + bytesOf(high);
}

function bytesOf(this: void, half: number): string {
  let bytes = "";
  for (let shift = 0; shift < 32; shift += 8)
    bytes += String.fromCharCode(_G.bit.band(_G.bit.rshift(half, shift), 255));
  return bytes;
}
