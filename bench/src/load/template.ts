/**
 * A command with random or running numbers in it, encoded once: `__rand_int__`, as redis-benchmark writes it, stands
 * for twelve digits, so every command of a template has the same length and only the digits are put in.
 */
export const PLACEHOLDER = "__rand_int__";
const DIGITS = 12;

export class CommandTemplate {
  private readonly pieces: readonly string[];

  constructor(readonly args: readonly string[]) {
    const encoded = args.map((arg) => {
      const bytes = Buffer.byteLength(arg.replaceAll(PLACEHOLDER, "0".repeat(DIGITS)));
      return `$${bytes}\r\n${arg}\r\n`;
    });
    this.pieces = `*${args.length}\r\n${encoded.join("")}`.split(PLACEHOLDER);
  }

  /** RESP; `next` is asked for each number. */
  render(next: () => number): string {
    let text = this.pieces[0]!;
    for (let at = 1; at < this.pieces.length; at++) text += digits(next()) + this.pieces[at]!;
    return text;
  }
}

export function digits(value: number): string {
  return String(value).padStart(DIGITS, "0");
}

export function encodeCommand(args: readonly (string | Buffer)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = typeof arg === "string" ? Buffer.from(arg) : arg;
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, CRLF);
  }
  return Buffer.concat(parts);
}

const CRLF = Buffer.from("\r\n");
