/**
 * The lane speaks RESP2. What a client of RESP3 gets of it differs in nil alone: commands whose replies differ otherwise do
 * not go there.
 */
const LF = 10;
const DOLLAR = 36;
const STAR = 42;
const MINUS = 45;
/** `$-1` or `*-1`, and CR LF. */
const NULL_BYTES = 5;
const NULL_THREE = Buffer.from("_\r\n");

/** Whole replies, with nil as RESP3 has it; the same bytes where there is none. */
export function withNullsOfThree(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length;) {
    const type = bytes[at] as number;
    const newline = bytes.indexOf(LF, at);
    const isCounted = type === DOLLAR || type === STAR;
    if (isCounted && bytes[at + 1] === MINUS) {
      parts.push(bytes.subarray(from, at), NULL_THREE);
      at += NULL_BYTES;
      from = at;
    } else {
      const body = type === DOLLAR ? Number(bytes.toString("latin1", at + 1, newline - 1)) + 2 : 0;
      at = newline + 1 + body;
    }
  }
  return parts.length === 0 ? bytes : Buffer.concat([...parts, bytes.subarray(from)]);
}
