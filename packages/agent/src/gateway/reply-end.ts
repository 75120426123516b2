/** Where `count` replies end that begin at `at`, or -1 when they are not there whole. Nothing is decoded. */
const LF = 10;
const DOLLAR = 36;
const STAR = 42;

export function replyEnd(buffer: Buffer, start: number, count: number): number {
  let at = start;
  let left = count;
  while (left > 0) {
    if (at >= buffer.length) return -1;
    const type = buffer[at] as number;
    let value = 0;
    let byte = buffer[++at];
    const negative = byte === 45;
    while (byte !== LF) {
      if (byte === undefined) return -1;
      if (byte >= 48 && byte <= 57) value = value * 10 + (byte - 48);
      byte = buffer[++at];
    }
    at++;
    left--;
    if (negative) continue;
    if (type === STAR) left += value;
    else if (type === DOLLAR) at += value + 2;
  }
  return at <= buffer.length ? at : -1;
}
