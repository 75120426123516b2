/** A line as people type it for redis-cli: words, "quoted" with escapes, 'quoted' plainly. */
const HEX = /^x[0-9a-fA-F]{2}/;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };

/** Undefined: a quote has no end, or something stands right behind one. */
export function argumentsOf(line: string): Buffer[] | undefined {
  const text = Buffer.from(line, "utf8").toString("latin1"); // so that \xff is a byte
  const words: Buffer[] = [];
  let at = 0;
  for (;;) {
    while (isSpace(text[at])) at++;
    if (at >= text.length) return words;
    const word = wordAt(text, at);
    if (word === undefined) return undefined;
    words.push(Buffer.from(word.value, "latin1"));
    at = word.end;
  }
}

interface Word {
  value: string;
  end: number;
}

function wordAt(text: string, from: number): Word | undefined {
  let value = "";
  let at = from;
  while (at < text.length && !isSpace(text[at])) {
    const quote = text[at];
    if (quote !== '"' && quote !== "'") {
      value += quote;
      at++;
      continue;
    }
    const inner = quote === '"' ? doubleQuoted(text, at + 1) : singleQuoted(text, at + 1);
    if (inner === undefined || (inner.end < text.length && !isSpace(text[inner.end]))) return undefined;
    value += inner.value;
    at = inner.end;
  }
  return { value, end: at };
}

function doubleQuoted(text: string, from: number): Word | undefined {
  let value = "";
  let at = from;
  while (at < text.length) {
    const character = text[at] ?? "";
    if (character === '"') return { value, end: at + 1 };
    if (character !== "\\") {
      value += character;
      at++;
      continue;
    }
    const rest = text.slice(at + 1, at + 4);
    if (HEX.test(rest)) {
      value += String.fromCharCode(Number.parseInt(rest.slice(1), 16));
      at += 4;
    } else {
      const escaped = text[at + 1] ?? "";
      value += ESCAPES[escaped] ?? escaped;
      at += 2;
    }
  }
  return undefined;
}

function singleQuoted(text: string, from: number): Word | undefined {
  let value = "";
  let at = from;
  while (at < text.length) {
    if (text[at] === "'") return { value, end: at + 1 };
    const isEscaped = text[at] === "\\" && text[at + 1] === "'";
    value += isEscaped ? "'" : (text[at] ?? "");
    at += isEscaped ? 2 : 1;
  }
  return undefined;
}

function isSpace(character: string | undefined): boolean {
  return character === " " || character === "\t" || character === "\n" || character === "\r";
}
