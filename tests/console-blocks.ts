/**
 * What a document says one types and sees: its fenced `console` blocks. A line `$ command` is followed by the lines that it
 * prints; a line `...` stands for any lines, and at the end of a line for the rest of it.
 */
export interface Exchange {
  command: string;
  output: readonly string[];
}

const BLOCK = /^```console\n([\s\S]*?)^```$/gm;
const PROMPT = "$ ";
const ANY_LINES = "...";
const ANY_END = " ...";

export function consoleExchanges(markdown: string): Exchange[] {
  return [...markdown.matchAll(BLOCK)].flatMap(([, block = ""]) => {
    const exchanges: { command: string; output: string[] }[] = [];
    for (const line of block.trimEnd().split("\n")) {
      if (line.startsWith(PROMPT)) exchanges.push({ command: line.slice(PROMPT.length), output: [] });
      else if (exchanges.length > 0) exchanges.at(-1)?.output.push(line);
      else throw new Error(`a console block begins with output: ${line}`);
    }
    return exchanges;
  });
}

/** Widths of columns may differ, and elements of a set come in any order. */
export function printsAs(printed: string, output: readonly string[], isUnordered: boolean): boolean {
  const actual = plain(printed.trimEnd().split("\n"), isUnordered);
  const wanted = plain(output, isUnordered);
  return fits(actual, wanted);
}

function plain(lines: readonly string[], isUnordered: boolean): string[] {
  const spaced = lines.map((line) => line.trim().replaceAll(/\s+/g, " "));
  return isUnordered ? spaced.map((line) => line.replace(/^\d+\) /, "")).toSorted() : spaced;
}

function fits(actual: readonly string[], wanted: readonly string[]): boolean {
  const [first, ...rest] = wanted;
  if (first === undefined) return actual.length === 0;
  if (first !== ANY_LINES) return isLine(actual[0], first) && fits(actual.slice(1), rest);
  for (let skipped = 0; skipped <= actual.length; skipped++) if (fits(actual.slice(skipped), rest)) return true;
  return false;
}

function isLine(actual: string | undefined, wanted: string): boolean {
  return wanted.endsWith(ANY_END) ? actual?.startsWith(wanted.slice(0, -ANY_END.length)) === true : actual === wanted;
}
