/**
 * Decodes replies (RESP2 and RESP3) from chunks as they come, and keeps of each no more than there is room for: a reply of
 * any size passes in bounded memory. What is no RESP throws RangeError; the connection is of no use then.
 */
import { agentLimits } from "../../limits.js";
import type { Reply, ReplyRoom } from "./reply.js";

interface Open {
  type: "array" | "set" | "push" | "map" | "attribute";
  size: number;
  left: number;
  items: Reply[];
}

interface Text {
  type: "bulk" | "error" | "verbatim";
  size: number;
  /** With the line's end. */
  left: number;
  kept: Buffer[];
  keptBytes: number;
}

const LINE_END = "\r\n";
const COLLECTIONS: Readonly<Record<string, Open["type"]>> = {
  "*": "array",
  "~": "set",
  ">": "push",
  "%": "map",
  "|": "attribute",
};
const TEXTS: Readonly<Record<string, Text["type"]>> = { $: "bulk", "!": "error", "=": "verbatim" };
/** Such as "txt:". */
const VERBATIM_HEAD = 4;
/** An element takes room too. */
const ELEMENT_BYTES = 8;

export class ReplyDecoder {
  private rest: Buffer = Buffer.alloc(0);
  private readonly open: Open[] = [];
  private text: Text | undefined;
  private bytesLeft: number;
  private isFull = false;

  constructor(
    private readonly room: ReplyRoom,
    private readonly onReply: (reply: Reply) => void,
  ) {
    this.bytesLeft = room.bytes;
  }

  feed(chunk: Buffer): void {
    let data = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    for (;;) {
      const used = this.text === undefined ? this.line(data) : this.part(this.text, data);
      if (used === 0) break;
      data = data.subarray(used);
    }
    this.rest = data;
  }

  /** Bytes used; 0: there must be more. */
  private line(data: Buffer): number {
    const end = data.indexOf(LINE_END);
    if (end === -1) {
      if (data.length > agentLimits.replyLineBytesMax) throw new RangeError("a line of a reply is too long");
      return 0;
    }
    this.head(String.fromCharCode(data[0] ?? 0), data.toString("utf8", 1, end));
    return end + LINE_END.length;
  }

  private head(mark: string, line: string): void {
    const collection = COLLECTIONS[mark];
    if (collection !== undefined) return this.begin(collection, line);
    const text = TEXTS[mark];
    if (text !== undefined) {
      const size = sizeOf(line);
      if (size === -1) return this.take({ type: "null" });
      this.text = { type: text, size, left: size + LINE_END.length, kept: [], keptBytes: 0 };
      return;
    }
    this.take(simple(mark, line));
  }

  private begin(type: Open["type"], line: string): void {
    const size = sizeOf(line);
    if (size === -1) return this.take({ type: "null" });
    if (this.open.length >= agentLimits.replyDepthMax) throw new RangeError("a reply is nested too deep");
    const parts = type === "map" || type === "attribute" ? 2 * size : size;
    this.open.push({ type, size, left: parts, items: [] });
    if (parts === 0) this.close();
  }

  private part(text: Text, data: Buffer): number {
    const used = Math.min(data.length, text.left);
    const ofText = Math.max(0, Math.min(used, text.left - LINE_END.length));
    const kept = Math.min(ofText, this.room.textBytes - text.keptBytes, this.bytesLeft);
    if (kept > 0) {
      text.kept.push(data.subarray(0, kept));
      text.keptBytes += kept;
      this.bytesLeft -= kept;
    }
    text.left -= used;
    if (text.left === 0) {
      this.text = undefined;
      this.take(wholeText(text));
    }
    return used;
  }

  private take(reply: Reply): void {
    const inner = this.open.at(-1);
    if (inner === undefined) {
      this.bytesLeft = this.room.bytes;
      this.isFull = false;
      this.onReply(reply);
      return;
    }
    const room = this.room.elements * (inner.type === "map" ? 2 : 1);
    const isBegun = "items" in reply && reply.items.length > 0; // there was room for some of it
    if (inner.type !== "attribute" && inner.items.length < room && (!this.isFull || isBegun)) inner.items.push(reply);
    this.bytesLeft -= ELEMENT_BYTES;
    if (this.bytesLeft <= 0) this.isFull = true;
    inner.left--;
    if (inner.left === 0) this.close();
  }

  private close(): void {
    const done = this.open.pop();
    if (done === undefined || done.type === "attribute") return; // it stands before what it is about
    const { type, size } = done;
    const items = type === "map" && done.items.length % 2 === 1 ? done.items.slice(0, -1) : done.items;
    this.take({ type, size, items });
  }
}

function sizeOf(line: string): number {
  if (!/^(-1|\d{1,15})$/.test(line)) throw new RangeError("a reply has a length that is none");
  return Number(line);
}

function simple(mark: string, line: string): Reply {
  switch (mark) {
    case "+":
      return { type: "text", value: line };
    case "-":
      return { type: "error", value: line };
    case ":":
      return { type: "integer", value: line };
    case ",":
      return { type: "number", value: line };
    case "(":
      return { type: "bignumber", value: line };
    case "#":
      return { type: "boolean", value: line === "t" };
    case "_":
      return { type: "null" };
    default:
      throw new RangeError("a reply is no RESP");
  }
}

function wholeText({ type, size, kept }: Text): Reply {
  const value = Buffer.concat(kept);
  if (type === "error") return { type, value: value.toString("utf8") };
  if (type === "bulk") return { type, value, size };
  return { type: "bulk", value: value.subarray(VERBATIM_HEAD), size: Math.max(0, size - VERBATIM_HEAD) };
}
