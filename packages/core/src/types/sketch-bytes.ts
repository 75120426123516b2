/**
 * The bytes of a HyperLogLog, as Redis keeps them in a string: a header of 16 bytes, then 16384 registers, either dense
 * (6 bits each) or in runs. What is checked whole here no PFADD, PFCOUNT or PFMERGE refuses, so an effect can't fail
 * half-way, and a run that is too long can't lead a server astray.
 */

const HEADER_BYTES = 16;
const ENCODING_AT = 4;
const DENSE = 0;
const SPARSE = 1;
const REGISTERS = 16384;
const DENSE_BYTES = 12304;
/** Each run of one or two bytes covers at least one register. */
const SPARSE_BYTES_MAX = HEADER_BYTES + 2 * REGISTERS;
const MANY_ZEROS = 0x40;
const VALUES = 0x80;

/** True where the text begins as a HyperLogLog does: what Redis looks at before it answers WRONGTYPE. */
export function looksLikeSketch(text: string): boolean {
  if (text.length < HEADER_BYTES || text.substring(0, ENCODING_AT) !== "HYLL") return false;
  const encoding = text.charCodeAt(ENCODING_AT);
  return encoding === SPARSE || (encoding === DENSE && text.length === DENSE_BYTES);
}

/** True where the text is a whole HyperLogLog. */
export function isSketch(text: string): boolean {
  return looksLikeSketch(text) && (text.charCodeAt(ENCODING_AT) === DENSE || areRuns(text));
}

/** The runs: 00 zeros, 01 many zeros, in two bytes, 1 a value repeated. */
function areRuns(text: string): boolean {
  if (text.length > SPARSE_BYTES_MAX) return false;
  let registers = 0;
  for (let at = HEADER_BYTES; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < MANY_ZEROS) {
      registers += code + 1;
    } else if (code >= VALUES) {
      registers += (code % 4) + 1;
    } else {
      at++;
      if (at === text.length) return false;
      registers += (code - MANY_ZEROS) * 256 + text.charCodeAt(at) + 1;
    }
  }
  return registers === REGISTERS;
}
