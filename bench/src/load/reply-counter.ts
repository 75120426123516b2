/**
 * Counts whole RESP2 replies in a stream of bytes and keeps the first error among them: all that a load needs to know
 * of its replies. Text of what is not yet whole is carried over to the next chunk.
 */
const CR = 13;
const LF = 10;
const [ERROR, SIMPLE, INTEGER, BULK, ARRAY] = [45, 43, 58, 36, 42];

export interface Counted {
  readonly replies: number;
  readonly firstError: string | undefined;
}

export class ReplyCounter {
  private rest: Buffer = Buffer.alloc(0);

  /** Throws a RangeError where the bytes are no RESP2. `onReply` gets each whole reply's bytes. */
  push(chunk: Buffer, onReply?: (reply: Buffer) => void): Counted {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let [at, replies] = [0, 0];
    let firstError: string | undefined;
    while (at < bytes.length) {
      const end = endOfReply(bytes, at);
      if (end < 0) break;
      if (bytes[at] === ERROR) firstError ??= bytes.toString("utf8", at + 1, end - 2);
      onReply?.(bytes.subarray(at, end));
      replies++;
      at = end;
    }
    this.rest = bytes.subarray(at);
    return { replies, firstError };
  }
}

/** Where the reply that begins at `at` ends; -1 while it is not whole. */
export function endOfReply(bytes: Buffer, at: number): number {
  const lineEnd = endOfLine(bytes, at);
  if (lineEnd < 0) return -1;
  switch (bytes[at]) {
    case ERROR:
    case SIMPLE:
    case INTEGER:
      return lineEnd;
    case BULK: {
      const length = numberIn(bytes, at, lineEnd);
      const end = length < 0 ? lineEnd : lineEnd + length + 2;
      return end <= bytes.length ? end : -1;
    }
    case ARRAY: {
      let end = lineEnd;
      for (let left = numberIn(bytes, at, lineEnd); left > 0; left--) {
        if (end >= bytes.length) return -1;
        end = endOfReply(bytes, end);
        if (end < 0) return -1;
      }
      return end;
    }
    default:
      throw new RangeError(`a reply begins with byte ${bytes[at]}`);
  }
}

function endOfLine(bytes: Buffer, at: number): number {
  for (let cr = bytes.indexOf(CR, at); cr >= 0; cr = bytes.indexOf(CR, cr + 1)) {
    if (cr + 1 >= bytes.length) return -1;
    if (bytes[cr + 1] === LF) return cr + 2;
  }
  return -1;
}

function numberIn(bytes: Buffer, at: number, lineEnd: number): number {
  const value = Number(bytes.toString("latin1", at + 1, lineEnd - 2));
  if (!Number.isSafeInteger(value)) throw new RangeError("a length that is no number");
  return value;
}
