/**
 * Calls of Meridian's function, which name the root of a whole server, become calls in the partitions of the slots in which their
 * keys lie. A pipeline of writes becomes one for each slot; its replies come together again as one.
 */
import { CONTROL_SLOT, freeing } from "@meridian/core";
import { ARGUMENTS_AT, CROSSSLOT, headOf, SHOWING } from "./call-head.js";
import { callError } from "../replies/call-errors.js";
import type { Commander } from "./commander.js";
import type { CommandView } from "./command-view.js";
import { lookUp } from "../commands/command-lookup.js";
import { errorReply } from "../errors.js";
import { ReplyKind } from "../replies/pending-replies.js";
import { elementsOf, arrayOf, isError } from "./reply-reader.js";
import { everywhere, firstOf, type Joiner } from "./replies-together.js";
import { flushAll, onEveryNode } from "./fan-out.js";
import type { KeyspaceReads } from "./keyspace-reads.js";
import { slotOfKeys, slotOfWrite } from "./key-slots.js";

const LIBRARY_LOADING = errorReply("libraryLoading");
const RESP_THREE = Buffer.from("$5\r\nresp3\r\n");
const PIPELINE = Buffer.from("$8\r\npipeline\r\n");
const FLUSHES: readonly string[] = ["flushall", "flushdb"];
const SCRIPT_JOINS: Readonly<Record<string, Joiner>> = { exists: everywhere };

/** The writes of a pipeline that lie in one slot. */
interface Group {
  readonly slot: number;
  readonly writes: CommandView[];
  readonly positions: number[];
}

export class FunctionCalls {
  constructor(
    private readonly commander: Commander,
    private readonly reads: KeyspaceReads,
  ) {}

  /** `given`: FCALL, the function, how many keys, the root, and the arguments. */
  take(given: CommandView): void {
    const name = given.text(1);
    const isThree = given.text(ARGUMENTS_AT) === "resp3";
    const command = given.part(isThree ? ARGUMENTS_AT + 1 : ARGUMENTS_AT);
    const word = command.text(0);
    if (name === SHOWING) this.reads.take(command);
    else if (word === "pipeline") this.pipeline(given, command.part(1), isThree);
    else if (word === "transaction") this.whole(given, transactionSlot(command.part(1)));
    else this.single(given, command);
  }

  private single(given: CommandView, command: CommandView): void {
    const name = command.word(0);
    if (FLUSHES.includes(name)) flushAll(this.commander, (slot) => callIn(slot, given), this.commander.owe());
    else if (name === "script") this.everyNode(given, SCRIPT_JOINS[command.word(1)] ?? firstOf);
    else this.whole(given, slotOf(command));
  }

  private whole(given: CommandView, slot: number | "cross"): void {
    const give = this.commander.owe();
    if (slot === "cross") give(CROSSSLOT);
    else this.commander.toSlot(slot, callIn(slot, given), { done: give });
  }

  /** In some partition of each node. */
  private everyNode(given: CommandView, join: Joiner): void {
    onEveryNode(this.commander, (slot) => callIn(slot, given), join);
  }

  private pipeline(given: CommandView, body: CommandView, isThree: boolean): void {
    const writes = writesOf(body);
    const slots = writes.map(slotOf);
    const [first] = slots;
    if (typeof first === "number" && slots.every((slot) => slot === first)) this.whole(given, first);
    else this.split(given, writes, slots, isThree);
  }

  private split(given: CommandView, writes: CommandView[], slots: (number | "cross")[], isThree: boolean): void {
    const give = this.commander.owe();
    const replies: Buffer[] = [];
    let left = writes.length;
    const answer = (at: number, reply: Buffer): void => {
      replies[at] = reply;
      if (--left === 0) give(arrayOf(replies));
    };
    const groups = new Map<number, Group>();
    for (const [at, write] of writes.entries()) {
      const slot = slots[at] as number | "cross";
      if (slot === "cross") {
        answer(at, CROSSSLOT);
        continue;
      }
      let group = groups.get(slot);
      if (group === undefined) groups.set(slot, (group = { slot, writes: [], positions: [] }));
      group.writes.push(write);
      group.positions.push(at);
    }
    for (const group of groups.values()) this.sendGroup(given, group, isThree, answer);
  }

  private sendGroup(
    given: CommandView,
    { slot, writes, positions }: Group,
    isThree: boolean,
    answer: (at: number, reply: Buffer) => void,
  ): void {
    const [only] = writes;
    const name = given.text(1);
    if (writes.length === 1 && only !== undefined && name === "mer") {
      const done = (reply: Buffer): void => answer(positions[0] as number, inWords(reply));
      const frees = freeing[only.text(0).toUpperCase()] === true;
      this.commander.toSlot(slot, callOf(slot, frees ? "mer_free" : name, only, isThree), { done });
      return;
    }
    const parts = writes.flatMap((write) => [
      Buffer.from(`$${String(write.count).length}\r\n${write.count}\r\n`),
      write.piece(0),
    ]);
    const total = writes.reduce((sum, { count }) => sum + count + 1, 0);
    const head = [headOf(slot, name, total + 1 + (isThree ? 1 : 0)), ...(isThree ? [RESP_THREE] : []), PIPELINE];
    const done = (reply: Buffer): void => {
      const elements = isError(reply) ? undefined : elementsOf(reply);
      for (const [index, at] of positions.entries()) answer(at, elements?.[index] ?? inWords(reply));
    };
    this.commander.toSlot(slot, [...head, ...parts], { done });
  }
}

/** The error of a call in the place of a write's reply. */
function inWords(reply: Buffer): Buffer {
  return isError(reply) ? callError(reply.toString("latin1"), ReplyKind.call, "", LIBRARY_LOADING) : reply;
}

/** Of `n arg ... n arg ...`. */
function writesOf(body: CommandView): CommandView[] {
  const writes: CommandView[] = [];
  for (let at = 0; at < body.count;) {
    const count = Number(body.text(at));
    writes.push(body.part(at + 1, count));
    at += count + 1;
  }
  return writes;
}

function slotOf(write: CommandView): number | "cross" {
  return slotOfWrite(lookUp(write.buffer, write.nameStart, write.nameEnd), write);
}

/** All in one slot; those without keys go along. */
function transactionSlot(body: CommandView): number | "cross" {
  let found: number | undefined;
  for (const one of writesOf(body)) {
    const entry = lookUp(one.buffer, one.nameStart, one.nameEnd);
    const slot = entry === undefined ? undefined : slotOfKeys(entry, one);
    if (slot === "cross" || (found !== undefined && slot !== undefined && slot !== found)) return "cross";
    found = slot ?? found;
  }
  return found ?? CONTROL_SLOT;
}

/** The same call in the slot's partition. */
function callIn(slot: number, given: CommandView): Buffer[] {
  return [headOf(slot, given.text(1), given.count - ARGUMENTS_AT), given.piece(ARGUMENTS_AT)];
}

function callOf(slot: number, name: string, write: CommandView, isThree: boolean): Buffer[] {
  const head = headOf(slot, name, write.count + (isThree ? 1 : 0));
  return isThree ? [head, RESP_THREE, write.piece(0)] : [head, write.piece(0)];
}

/** FLUSHALL, which the gateway makes a call of its own. */
export function isFlush(given: CommandView): boolean {
  return given.count > ARGUMENTS_AT && FLUSHES.includes(given.word(ARGUMENTS_AT));
}

/** Between MULTI and EXEC. */
export function isOwnCall(given: CommandView): boolean {
  return given.word(0) === "fcall";
}

export function ownCallSlot(given: CommandView): number | "cross" {
  const at = given.text(ARGUMENTS_AT) === "resp3" ? ARGUMENTS_AT + 1 : ARGUMENTS_AT;
  const command = given.part(at);
  return command.text(0) === "transaction" ? transactionSlot(command.part(1)) : slotOf(command);
}

export function ownCallIn(slot: number | "cross", given: CommandView): Buffer[] {
  return callIn(slot === "cross" ? CONTROL_SLOT : slot, given);
}
