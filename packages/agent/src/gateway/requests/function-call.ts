/**
 * A write becomes a function call by what is put before it: a new header and `FCALL mer 1 <root>`; the client's own
 * bytes follow as they came. Several writes become one call of `pipeline`, each preceded by its number of arguments.
 *
 * Over `maxmemory` the server takes `mer_free` only. It is called for what frees memory; and, for a while after the server
 * refused something, for scripts and pipelines, of which the function then refuses by itself what needs memory.
 */
import { differsInRespThree, freeing } from "@meridian/core";
import type { Outbox } from "../bytes.js";
import { NAME_BYTES_MAX } from "../commands/command-lookup.js";
import { gatewayLimits } from "../limits.js";

const FUNCTION_NAME = "mer";
const FREEING_NAME = "mer_free";
const SHOWING_NAME = "mer_show";
const CALL_ARGUMENTS = 4;
const PIPELINE_ARGUMENTS = 5;
const SHOW_ARGUMENTS = 4;

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

  writeTo(out: Outbox, buffer: Buffer, call: FunctionCall, respThree: boolean): void {
    const { bounds, count } = this;
    if (count === 1) {
      call.writeHeader(out, bounds[2] as number, nameAt(buffer, bounds[0] as number), respThree);
      out.append(buffer, bounds[0] as number, bounds[1] as number);
      this.count = this.bytes = this.arguments = 0;
    } else {
      call.writePipelineHeader(out, this.arguments, call.isFull, respThree);
      this.writeBodyTo(out, buffer);
    }
  }
}

const RESP_THREE = Buffer.from(bulk("resp3"));
const PIPELINE = Buffer.from(bulk("pipeline"));
export const TRANSACTION = Buffer.from(bulk("transaction"));
/** They write nothing, whatever they run. */
const READING_SCRIPTS: ReadonlySet<string> = new Set(["EVAL_RO", "EVALSHA_RO", "FCALL_RO"]);
/** Of what they do only FUNCTION LOAD and RESTORE need memory; the function asks for it there. */
const MANAGING: ReadonlySet<string> = new Set(["SCRIPT", "FUNCTION"]);
const SCRIPTS: ReadonlySet<string> = new Set(["EVAL", "EVALSHA", "FCALL"]);

export class FunctionCall {
  private readonly prefix: Buffer;
  private readonly freeingPrefix: Buffer;
  private readonly showingPrefix: Buffer;
  private fullUntilMs = 0;

  constructor(
    root: string,
    private readonly nowMs: () => number = Date.now,
  ) {
    this.prefix = Buffer.from(["FCALL", FUNCTION_NAME, "1", root].map(bulk).join(""));
    this.freeingPrefix = Buffer.from(["FCALL", FREEING_NAME, "1", root].map(bulk).join(""));
    this.showingPrefix = Buffer.from(["FCALL", SHOWING_NAME, "0", root].map(bulk).join(""));
  }

  /** The server refused something for its memory, or its limit was changed. */
  noteFull(): void {
    this.fullUntilMs = this.nowMs() + gatewayLimits.fullMs;
  }

  get isFull(): boolean {
    return this.fullUntilMs > 0 && this.nowMs() < this.fullUntilMs;
  }

  /** `name`: in upper case. `respThree`: the client speaks it, which is said where the reply differs. */
  writeHeader(out: Outbox, argumentCount: number, name: string, respThree: boolean): void {
    const isSaid = respThree && differsInRespThree[name] === true;
    const frees = freeing[name] === true || READING_SCRIPTS.has(name) || MANAGING.has(name);
    const prefix = frees || (SCRIPTS.has(name) && this.isFull) ? this.freeingPrefix : this.prefix;
    out.count(argumentCount + CALL_ARGUMENTS + (isSaid ? 1 : 0));
    out.copy(prefix, 0, prefix.length);
    if (isSaid) out.copy(RESP_THREE, 0, RESP_THREE.length);
  }

  /** Before a read of the whole keyspace, which is to show nothing of Meridian's own. */
  showHeader(argumentCount: number): Buffer {
    return Buffer.concat([Buffer.from(`*${argumentCount + SHOW_ARGUMENTS}\r\n`), this.showingPrefix]);
  }

  /** `word`: pipeline, or transaction, of which nothing is done where the client may not do all of it. */
  writePipelineHeader(out: Outbox, argumentCount: number, frees: boolean, respThree: boolean, word = PIPELINE): void {
    const prefix = frees ? this.freeingPrefix : this.prefix;
    out.count(argumentCount + PIPELINE_ARGUMENTS + (respThree ? 1 : 0));
    out.copy(prefix, 0, prefix.length);
    if (respThree) out.copy(RESP_THREE, 0, RESP_THREE.length);
    out.copy(word, 0, word.length);
  }
}

const LINE_FEED = 10;

/** The name, in upper case, of the command whose first argument begins at the offset (`$3\r\nDEL\r\n...`). */
export function nameAt(buffer: Buffer, start: number): string {
  const from = buffer.indexOf(LINE_FEED, start) + 1;
  const end = buffer.indexOf("\r", from, "latin1");
  return from === 0 || end - from > NAME_BYTES_MAX ? "" : buffer.toString("latin1", from, end).toUpperCase();
}

function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
