/**
 * Inline commands, as typed into telnet: split with Redis's quoting rules (sdssplitargs) and put into the form of
 * RESP, so that everything after sees one form.
 */
const QUOTE = 34;
const APOSTROPHE = 39;
const BACKSLASH = 92;
const LETTER_X = 120;

/** The arguments, or undefined when quotes are out of balance. */
export function splitInline(line: Buffer): Buffer[] | undefined {
  const found: Buffer[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && isSpace(line[at] as number)) at++;
    if (at >= line.length || line[at] === 0) return found;
    const bytes: number[] = [];
    while (at < line.length && !endsWord(line[at] as number)) {
      const byte = line[at] as number;
      if (byte === QUOTE || byte === APOSTROPHE) {
        at = byte === QUOTE ? quoted(line, at + 1, bytes) : singleQuoted(line, at + 1, bytes);
        if (at < 0) return undefined;
        break;
      }
      bytes.push(byte);
      at++;
    }
    found.push(Buffer.from(bytes));
  }
}

export function encodeCommand(parts: readonly Buffer[]): Buffer {
  const pieces: Buffer[] = [Buffer.from(`*${parts.length}\r\n`)];
  for (const part of parts) pieces.push(Buffer.from(`$${part.length}\r\n`), part, Buffer.from("\r\n"));
  return Buffer.concat(pieces);
}

/** The offset after the closing quote, which a space or the end must follow; -1 when there is none. */
function quoted(line: Buffer, from: number, bytes: number[]): number {
  let at = from;
  while (at < line.length) {
    const byte = line[at] as number;
    if (byte === BACKSLASH && at + 1 < line.length) {
      const hex = line[at + 1] === LETTER_X ? hexByte(line, at + 2) : -1;
      bytes.push(hex >= 0 ? hex : escaped(line[at + 1] as number));
      at += hex >= 0 ? 4 : 2;
    } else if (byte === QUOTE) {
      return closes(line, at);
    } else {
      bytes.push(byte);
      at++;
    }
  }
  return -1;
}

function singleQuoted(line: Buffer, from: number, bytes: number[]): number {
  let at = from;
  while (at < line.length) {
    const byte = line[at] as number;
    if (byte === BACKSLASH && line[at + 1] === APOSTROPHE) {
      bytes.push(APOSTROPHE);
      at += 2;
    } else if (byte === APOSTROPHE) {
      return closes(line, at);
    } else {
      bytes.push(byte);
      at++;
    }
  }
  return -1;
}

function closes(line: Buffer, quoteAt: number): number {
  const after = line[quoteAt + 1];
  return after === undefined || isSpace(after) ? quoteAt + 1 : -1;
}

function escaped(byte: number): number {
  const index = "nrtba".indexOf(String.fromCharCode(byte));
  return index < 0 ? byte : "\n\r\t\b\x07".charCodeAt(index);
}

function hexByte(line: Buffer, at: number): number {
  const digits = line.toString("latin1", at, at + 2);
  return /^[0-9a-fA-F]{2}$/.test(digits) ? Number.parseInt(digits, 16) : -1;
}

/** Fewer bytes than may stand between words: a vertical tab within a word is part of it. */
function endsWord(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 10 || byte === 13 || byte === 0;
}

/** isspace() of the C locale. */
function isSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}
