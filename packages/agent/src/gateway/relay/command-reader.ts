/**
 * A client's bytes as commands, in the form of RESP however they came. The command at hand may be put off: then it and all that
 * follows is kept.
 */
import { CommandView } from "../cluster/command-view.js";
import { gatewayLimits } from "../limits.js";
import { HeldBytes } from "../requests/held-bytes.js";
import { encodeCommand, splitInline } from "../requests/inline-command.js";
import { BROKEN, MORE, RequestScanner } from "../requests/request-scanner.js";

const STAR = 42;
const LF = 10;
/** Nothing is looked for in the arguments: no argument begins with it and is a key of ours. */
const NO_ROOT = Buffer.from("\r\n");

export interface CommandTaker {
  /** False: it is put off, or nothing more is taken. The bytes are given away. */
  take(given: CommandView, bytes: Buffer): boolean;
  onProblem(problem: string): void;
  /** No more commands are taken. */
  isStopped(): boolean;
}

export class CommandReader {
  private readonly scanner = new RequestScanner(NO_ROOT);
  private readonly held = new HeldBytes();
  /** The scanner is within the first command that is held. */
  private begun = false;

  constructor(
    private readonly bytesMax: number,
    private readonly taker: CommandTaker,
  ) {}

  add(chunk: Buffer): void {
    if (this.held.length > 0) this.held.add(chunk, this.scanner.needed);
    else this.held.keep(chunk, 0, chunk.length);
  }

  /** Takes all whole commands, until one is put off. */
  read(): void {
    const { buffer, length } = this.held;
    let at = 0;
    while (at < length && !this.taker.isStopped()) {
      const next = buffer[at] === STAR ? this.scan(buffer, at, length) : this.inline(buffer, at, length);
      if (next < 0) break;
      at = next;
      this.begun = false;
    }
    if (at === 0) {
      if (length > this.bytesMax) this.taker.onProblem("too big command");
      return;
    }
    this.held.keep(buffer, at, length);
    if (this.begun) this.scanner.rebase(at, 0);
  }

  /** The command that was put off is not to be taken any more. */
  skip(): void {
    const { buffer, length } = this.held;
    this.begun = false;
    this.scanner.begin(0);
    const newline = buffer.subarray(0, length).indexOf(LF);
    const next = buffer[0] === STAR ? this.scanner.scan(buffer, length) : newline + 1;
    if (next > 0) this.held.keep(buffer, next, length);
  }

  /** All that is left; none is. */
  takeRest(): Buffer {
    const rest = this.held.buffer.subarray(0, this.held.length);
    this.held.clear();
    return rest;
  }

  private scan(buffer: Buffer, at: number, end: number): number {
    const { scanner } = this;
    if (!this.begun) scanner.begin(at);
    this.begun = true;
    if (end < scanner.needed) return MORE;
    const next = scanner.scan(buffer, end);
    if (next === BROKEN) this.taker.onProblem(scanner.problem);
    if (next < 0) return MORE;
    if (scanner.argumentCount <= 0) return next;
    const view = CommandView.of(buffer, at, scanner.argumentsStart, scanner.argumentCount);
    if (this.taker.take(view, buffer.subarray(at, next))) return next;
    this.begun = false;
    return MORE;
  }

  private inline(buffer: Buffer, at: number, end: number): number {
    const newline = buffer.subarray(at, end).indexOf(LF);
    if (newline < 0) {
      if (end - at > gatewayLimits.lineBytesMax) this.taker.onProblem("too big inline request");
      return MORE;
    }
    const parts = splitInline(buffer.subarray(at, at + newline));
    if (parts === undefined) {
      this.taker.onProblem("unbalanced quotes in request");
      return MORE;
    }
    const next = at + newline + 1;
    if (parts.length === 0) return next;
    const command = encodeCommand(parts);
    const view = CommandView.of(command, 0, command.indexOf(LF) + 1, parts.length);
    return this.taker.take(view, command) ? next : MORE;
  }
}
