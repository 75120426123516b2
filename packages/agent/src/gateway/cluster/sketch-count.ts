/**
 * PFCOUNT of HyperLogLogs that were read one by one: the largest of each register, and the estimate of the server (Ertl's, of "New cardinality
 * estimation algorithms for HyperLogLog sketches") from how many registers have each value.
 */
import { isSketch, looksLikeSketch } from "@meridian/core";
import { integerReply } from "./replies-together.js";

const HEADER_BYTES = 16;
const ENCODING_AT = 4;
const REGISTERS = 16384;
const BITS = 6;
/** The largest value of a register: 64 bits of hash less 14 of its place, and one. */
const VALUE_MAX = 51;
const MANY_ZEROS = 0x40;
const VALUES = 0x80;
const ALPHA = 0.7213475204444817;

const NO_SKETCH = Buffer.from("-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n");
const CORRUPTED = Buffer.from("-INVALIDOBJ Corrupted HLL object detected\r\n");

/** `texts`: what the keys hold; undefined: nothing. */
export function countOfSketches(texts: readonly (string | undefined)[]): Buffer {
  const largest = new Uint8Array(REGISTERS);
  for (const text of texts) {
    if (text === undefined) continue;
    if (!looksLikeSketch(text)) return NO_SKETCH;
    if (!isSketch(text)) return CORRUPTED;
    if (text.charCodeAt(ENCODING_AT) === 0) takeDense(text, largest);
    else takeRuns(text, largest);
  }
  return integerReply(estimate(largest));
}

function takeDense(text: string, largest: Uint8Array): void {
  for (let register = 0; register < REGISTERS; register++) {
    const at = HEADER_BYTES + ((register * BITS) >> 3);
    const shift = (register * BITS) & 7;
    const next = at + 1 < text.length ? text.charCodeAt(at + 1) : 0;
    const value = ((text.charCodeAt(at) | (next << 8)) >> shift) & 63;
    if (value > (largest[register] as number)) largest[register] = value;
  }
}

function takeRuns(text: string, largest: Uint8Array): void {
  let register = 0;
  for (let at = HEADER_BYTES; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < MANY_ZEROS) {
      register += code + 1;
    } else if (code < VALUES) {
      register += ((code & 63) << 8) + text.charCodeAt(++at) + 1;
    } else {
      const value = ((code >> 2) & 31) + 1;
      for (const end = register + (code & 3) + 1; register < end; register++)
        if (value > (largest[register] as number)) largest[register] = value;
    }
  }
}

function estimate(registers: Uint8Array): number {
  const counts = Array.from({ length: 64 }, () => 0);
  for (const value of registers) counts[value] = (counts[value] as number) + 1;
  let sum = REGISTERS * tau((REGISTERS - (counts[VALUE_MAX] as number)) / REGISTERS);
  for (let value = VALUE_MAX - 1; value >= 1; value--) sum = (sum + (counts[value] as number)) * 0.5;
  sum += REGISTERS * sigma((counts[0] as number) / REGISTERS);
  return Math.round((ALPHA * REGISTERS * REGISTERS) / sum);
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let root = share;
  let weight = 1;
  let sum = 1 - share;
  for (let before = Infinity; before !== sum;) {
    root = Math.sqrt(root);
    before = sum;
    weight *= 0.5;
    sum -= (1 - root) ** 2 * weight;
  }
  return sum / 3;
}

function sigma(share: number): number {
  if (share === 1) return Infinity;
  let power = share;
  let weight = 1;
  let sum = share;
  for (let before = -1; before !== sum;) {
    power *= power;
    before = sum;
    sum += power * weight;
    weight += weight;
  }
  return sum;
}
