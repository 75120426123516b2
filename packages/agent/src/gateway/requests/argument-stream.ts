/**
 * Follows a large command through the pieces in which it arrives, from the boundary of an argument to the command's
 * end, holding nothing: the rest of it is passed on, or dropped, as it is.
 */
import { gatewayLimits } from "../limits.js";
import { BROKEN } from "./request-scanner.js";

const CR = 13;
const DOLLAR = 36;

export class ArgumentStream {
  private argumentsLeft = 0;
  private bodyLeft = 0;
  /** The header line so far, when a piece ended within it. */
  private line = "";
  problem = "";

  get active(): boolean {
    return this.argumentsLeft > 0;
  }

  begin(argumentsLeft: number): void {
    this.argumentsLeft = argumentsLeft;
    this.bodyLeft = 0;
    this.line = "";
  }

  /** Where the command ends, or `end` when it goes on, or BROKEN. */
  consume(buffer: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && this.argumentsLeft > 0) {
      if (this.bodyLeft > 0) {
        const step = Math.min(this.bodyLeft, end - at);
        this.bodyLeft -= step;
        at += step;
        if (this.bodyLeft === 0) this.argumentsLeft--;
        continue;
      }
      at = this.header(buffer, at, end);
      if (at === BROKEN) return BROKEN;
    }
    return at;
  }

  private header(buffer: Buffer, start: number, end: number): number {
    let at = start;
    // The byte after the CR belongs to the line, whatever it is: Redis does not look at it.
    while (at < end && buffer[at] !== CR && !this.line.endsWith("\r")) at++;
    if (at < end && buffer[at] === CR && !this.line.endsWith("\r")) at++;
    this.line += buffer.toString("latin1", start, at);
    if (this.line.length > gatewayLimits.lineBytesMax) return this.broken("too big bulk count string");
    if (!this.line.endsWith("\r") || at >= end) return at;
    if (this.line.charCodeAt(0) !== DOLLAR) return this.broken(`expected '$', got '${this.line[0] ?? ""}'`);
    const digits = this.line.slice(1, -1);
    const length = /^(0|[1-9]\d{0,9})$/.test(digits) ? Number(digits) : Infinity;
    if (length > gatewayLimits.bulkBytesMax) return this.broken("invalid bulk length");
    this.bodyLeft = length + 2;
    this.line = "";
    return at + 1;
  }

  private broken(problem: string): number {
    this.problem = problem;
    return BROKEN;
  }
}
