/**
 * The whole terminal: an alternate screen that is drawn again in place, and keys as they are pressed. Whatever happens the
 * terminal is left as it was.
 */
import { emitKeypressEvents, type Key } from "node:readline";
import { cut } from "@meridian/agent/api";

export interface ScreenInput extends NodeJS.ReadableStream {
  isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
}

export interface ScreenOutput {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
  write(text: string): unknown;
  on(event: "resize", listener: () => void): unknown;
  off(event: "resize", listener: () => void): unknown;
}

const ENTER = "\u001B[?1049h\u001B[?25l";
const LEAVE = "\u001B[?25h\u001B[?1049l";

export class Screen {
  private readonly onKeypress: (text: string | undefined, key: Key) => void;

  constructor(
    private readonly input: ScreenInput,
    private readonly output: ScreenOutput,
    onKey: (name: string) => void,
    private readonly onResize: () => void,
  ) {
    this.onKeypress = (text, { name, ctrl }) => onKey(ctrl === true ? `ctrl-${name ?? ""}` : (name ?? text ?? ""));
    emitKeypressEvents(input);
    input.setRawMode?.(true);
    input.on("keypress", this.onKeypress);
    input.resume();
    output.on("resize", onResize);
    output.write(ENTER);
  }

  static isThere(input: { isTTY?: boolean }, output: { isTTY?: boolean }): boolean {
    return input.isTTY === true && output.isTTY === true;
  }

  get rows(): number {
    return this.output.rows ?? 24;
  }

  draw(lines: readonly string[]): void {
    const columns = this.output.columns ?? 80;
    const shown = lines.slice(0, this.rows).map((line) => `${cut(line, columns)}\u001B[K`);
    this.output.write(`\u001B[H${shown.join("\r\n")}\u001B[J`);
  }

  close(): void {
    this.input.off("keypress", this.onKeypress);
    this.output.off("resize", this.onResize);
    this.input.setRawMode?.(false);
    this.input.pause();
    this.output.write(LEAVE);
  }
}
