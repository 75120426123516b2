/**
 * Reads RESP2 for tests, plainly: bytes to values, errors as `{ error }`. As in Redis, a line ends with a CR and the
 * byte after it, whatever that is.
 */
export type Value = string | number | null | { error: string } | { integer: string } | Value[];

export function readReplies(text: string): Value[] {
  const values: Value[] = [];
  let at = 0;
  const line = (): string => {
    const end = text.indexOf("\r", at);
    if (end < 0 || end + 2 > text.length) throw new RangeError("incomplete");
    const found = text.slice(at, end);
    at = end + 2;
    return found;
  };
  const value = (): Value => {
    const head = line();
    const rest = head.slice(1);
    if (head[0] === "+") return rest;
    if (head[0] === "-") return { error: rest };
    if (head[0] === ":") return Number.isSafeInteger(Number(rest)) ? Number(rest) : { integer: rest };
    const length = Number(rest);
    if (head[0] === "$") {
      if (length < 0) return null;
      if (at + length + 2 > text.length) throw new RangeError("incomplete");
      const found = text.slice(at, at + length);
      at += length + 2;
      return found;
    }
    if (head[0] !== "*") throw new Error(`not RESP2: ${JSON.stringify(head)}`);
    if (length < 0) return null;
    const items: Value[] = [];
    for (let index = 0; index < length; index++) items.push(value());
    return items;
  };
  while (at < text.length) {
    const from = at;
    try {
      values.push(value());
    } catch (error) {
      if (error instanceof RangeError) return values;
      throw new Error(`at ${from}`, { cause: error });
    }
  }
  return values;
}
