/**
 * A write becomes a function call by what is put before it: a new header and `FCALL mer 1 <root>`; the client's own
 * bytes follow as they came. Several writes become one call of `pipeline`, each preceded by its number of arguments.
 * A lone write that frees memory calls `mer_free`, which the server takes over `maxmemory` too; likewise a transaction
 * of which all writes do.
 */
import { freeing } from "@meridian/core";
import type { Outbox } from "./bytes.js";

const FUNCTION_NAME = "mer";
const FREEING_NAME = "mer_free";
const CALL_ARGUMENTS = 4;
const PIPELINE_ARGUMENTS = 5;

/** Runs of writes in one buffer: three numbers each, where its arguments begin and end, and how many they are. */
export class WriteRun {
  private readonly bounds: number[] = [];
  count = 0;
  bytes = 0;
  private arguments = 0;

  add(start: number, end: number, argumentCount: number): void {
    const at = this.count * 3;
    this.bounds[at] = start;
    this.bounds[at + 1] = end;
    this.bounds[at + 2] = argumentCount;
    this.count++;
    this.bytes += end - start;
    this.arguments += argumentCount + 1;
  }

  /** Each write preceded by its number of arguments; returns how many arguments that makes, and empties the run. */
  writeBodyTo(out: Outbox, buffer: Buffer): number {
    const { bounds, count } = this;
    const total = this.arguments;
    for (let at = 0; at < count * 3; at += 3) {
      out.numberArgument(bounds[at + 2] as number);
      out.append(buffer, bounds[at] as number, bounds[at + 1] as number);
    }
    this.count = this.bytes = this.arguments = 0;
    return total;
  }

  writeTo(out: Outbox, buffer: Buffer, call: FunctionCall): void {
    const { bounds, count } = this;
    if (count === 1) {
      call.writeHeader(out, bounds[2] as number, isFreeing(buffer, bounds[0] as number));
      out.append(buffer, bounds[0] as number, bounds[1] as number);
      this.count = this.bytes = this.arguments = 0;
    } else {
      call.writePipelineHeader(out, this.arguments);
      this.writeBodyTo(out, buffer);
    }
  }
}

export class FunctionCall {
  private readonly prefix: Buffer;
  private readonly freeingPrefix: Buffer;
  private readonly pipelinePrefix: Buffer;
  private readonly freeingPipelinePrefix: Buffer;

  constructor(root: string) {
    this.prefix = Buffer.from(["FCALL", FUNCTION_NAME, "1", root].map(bulk).join(""));
    this.freeingPrefix = Buffer.from(["FCALL", FREEING_NAME, "1", root].map(bulk).join(""));
    this.pipelinePrefix = Buffer.concat([this.prefix, Buffer.from(bulk("pipeline"))]);
    this.freeingPipelinePrefix = Buffer.concat([this.freeingPrefix, Buffer.from(bulk("pipeline"))]);
  }

  writeHeader(out: Outbox, argumentCount: number, frees = false): void {
    const prefix = frees ? this.freeingPrefix : this.prefix;
    out.count(argumentCount + CALL_ARGUMENTS);
    out.copy(prefix, 0, prefix.length);
  }

  writePipelineHeader(out: Outbox, argumentCount: number, frees = false): void {
    const prefix = frees ? this.freeingPipelinePrefix : this.pipelinePrefix;
    out.count(argumentCount + PIPELINE_ARGUMENTS);
    out.copy(prefix, 0, prefix.length);
  }
}

const LINE_FEED = 10;
const LONGEST_NAME = Math.max(...Object.keys(freeing).map((name) => name.length));

/** Whether the command whose first argument begins at the offset (`$3\r\nDEL\r\n...`) frees memory. */
export function isFreeing(buffer: Buffer, start: number): boolean {
  const from = buffer.indexOf(LINE_FEED, start) + 1;
  const end = buffer.indexOf("\r", from, "latin1");
  if (from === 0 || end < 0 || end - from > LONGEST_NAME) return false;
  return freeing[buffer.toString("latin1", from, end).toUpperCase()] === true;
}

function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
