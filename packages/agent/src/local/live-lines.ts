/**
 * Draws a block of lines again in place. Each line is cut to the terminal's width, for one that wraps would put the
 * cursor where we don't expect it; off a terminal it writes nothing.
 */
export interface Terminal {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
  write(text: string): unknown;
}

export class LiveLines {
  private drawn = 0;

  constructor(private readonly terminal: Terminal) {}

  draw(lines: readonly string[]): void {
    if (this.terminal.isTTY !== true) return;
    const shown = lines.slice(0, Math.max(0, (this.terminal.rows ?? 24) - 1));
    const back = this.drawn === 0 ? "" : `\u001B[${this.drawn}A`;
    const text = shown.map((line) => `\u001B[2K${cut(line, this.terminal.columns ?? 80)}\n`).join("");
    this.terminal.write(`${back}${text}\u001B[J`);
    this.drawn = shown.length;
  }

  /** What follows is written below; the next draw begins afresh. */
  leave(): void {
    this.drawn = 0;
  }
}

/** To so many visible characters; colour codes take no place. */
export function cut(line: string, columns: number): string {
  let visible = 0;
  let result = "";
  // oxlint-disable-next-line no-control-regex -- the escape character is what is looked for
  for (const [part] of line.matchAll(/\u001B\[\d+m|[^\u001B]/gu)) {
    if (part.length === 1 || !part.startsWith("\u001B")) {
      if (visible >= columns) continue;
      visible++;
    }
    result += part;
  }
  return result;
}
