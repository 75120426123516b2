/** A line as typed, in words: quotes and escapes as redis-cli has them. For what the page itself must know of it. Pure. */

/** Undefined: a quote is open, or something follows a closing one. */
export function wordsOf(line: string): string[] | undefined {
  const words: string[] = [];
  let rest = line.trimStart();
  while (rest !== "") {
    const found = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"']\S*))(?=\s|$)/s.exec(rest);
    if (found === null) return undefined;
    const [whole, double, single, bare] = found;
    words.push(double === undefined ? (single?.replaceAll("\\'", "'") ?? bare ?? "") : unescaped(double));
    rest = rest.slice(whole.length).trimStart();
  }
  return words;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\u0007" };

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (_whole, code: string | undefined, character: string) =>
    code === undefined ? (ESCAPES[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
