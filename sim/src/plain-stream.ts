/**
 * What plain Redis would do where Meridian's streams differ from it on purpose (docs/reference/semantics.md): the ids that the
 * server makes bear the region's number, the last group of a stream without entries takes it along, groups are not renamed or
 * copied, and what came late is read first.
 */
import type { Reply } from "@meridian/core";
import type { ModelKeyspace } from "@meridian/testkit";
import { idTextOf } from "./stream-form.js";
import { streamDetail, type VisibleState } from "./visible.js";

const REGIONS_MAX = 256n;
/** Late entries that are read at a time, where no COUNT bounds them. */
const LATE_MAX = 1000;

/** What the groups of a region have yet to deliver before all others. */
export class LateIds {
  private readonly left = new Map<string, string[]>();

  constructor(state: VisibleState) {
    for (const [key, visible] of state) {
      for (const [group, ids] of streamDetail(visible)?.late ?? []) this.left.set(`${key} ${group}`, ids);
    }
  }

  of(plain: ModelKeyspace, key: string, group: string): readonly string[] {
    const value = plain.slot(key)?.value;
    const there = new Set(value?.type === "stream" ? value.entries.map(({ order }) => idTextOf(order)) : []);
    return (this.left.get(`${key} ${group}`) ?? []).filter((id) => there.has(id));
  }

  /** They are delivered, or nobody wants them any more. */
  drop(key: string, group: string, count: number): void {
    this.left.set(`${key} ${group}`, (this.left.get(`${key} ${group}`) ?? []).slice(count));
  }
}

/** The reply of plain Redis to the command, given what Meridian answered; the keyspace is what it would be. */
export function plainReply(
  plain: ModelKeyspace,
  command: string[],
  reply: Reply,
  region: number,
  late: LateIds,
): Reply {
  const name = (command[0] ?? "").toUpperCase();
  if (name === "XADD") return isLeastRefused(reply) ? reply : runPlain(plain, withId(plain, command, reply, region));
  if (name === "XREADGROUP") return readReply(plain, command, late);
  const expected = runPlain(plain, command);
  if (name === "XGROUP" && command[1]?.toUpperCase() === "SETID" && !isError(expected)) {
    late.drop(command[2] ?? "", command[3] ?? "", Infinity);
  }
  if (name === "XGROUP" && command[1]?.toUpperCase() === "DESTROY" && expected === 1)
    dropEmpty(plain, command[2] ?? "");
  if (expected !== 0 && !isError(expected) && command[1] !== command[2]) {
    if (name === "RENAME" || name === "RENAMENX" || name === "COPY") dropGroups(plain, command[2] ?? "");
  }
  return expected;
}

function runPlain(plain: ModelKeyspace, command: string[]): Reply {
  return plain.pcall(command[0] ?? "", ...command.slice(1));
}

/** The id 0-1, which no entry may have. */
function isLeastRefused(reply: Reply): boolean {
  return typeof reply === "object" && "err" in reply && reply.err.startsWith("MERIDIAN_LEASTID");
}

function isError(reply: Reply): boolean {
  return typeof reply === "object" && !Array.isArray(reply) && "err" in reply;
}

/** XADD with the id that Meridian chose, where it was to choose and chose well. */
export function withId(plain: ModelKeyspace | undefined, command: string[], reply: unknown, region: number): string[] {
  if (typeof reply !== "string" || !/^[0-9]+-[0-9]+$/.test(reply)) return command;
  const at = idPlace(command);
  const given = command[at] ?? "";
  if (!isOpen(given)) return command;
  const [ms = "", seq = ""] = reply.split("-");
  if (BigInt(seq) % REGIONS_MAX !== BigInt(region)) return command;
  const isRight =
    given === "*" ? Number(ms) >= (plain?.nowMs() ?? 0) : !/^[0-9]/.test(given) || parseInt(given) === Number(ms);
  return isRight ? command.with(at, reply) : command;
}

/** The sequence is the region's to choose. */
function isOpen(id: string): boolean {
  const [, sequence] = (id.split("\0", 1)[0] ?? "").split("-");
  return sequence === undefined || sequence === "*";
}

/** Where XADD's id stands. */
function idPlace(command: string[]): number {
  let at = 2;
  for (;;) {
    const word = command[at]?.toUpperCase();
    if (word === "NOMKSTREAM") at++;
    else if (word === "LIMIT") at += 2;
    else if (word === "MAXLEN" || word === "MINID") at += ["=", "~"].includes(command[at + 1] ?? "") ? 3 : 2;
    else return at;
  }
}

function dropEmpty(plain: ModelKeyspace, key: string): void {
  const value = plain.slot(key)?.value;
  if (value?.type === "stream" && value.entries.length === 0 && value.groups.size === 0) plain.call("DEL", key);
}

/** Nor is an id carried that was deleted and lies after the last one. */
function dropGroups(plain: ModelKeyspace, key: string): void {
  const value = plain.slot(key)?.value;
  if (value?.type !== "stream") return;
  for (const group of value.groups.keys()) plain.call("XGROUP", "DESTROY", key, group);
  const last = idTextOf(value.last);
  if (value.maxDeleted > value.last) plain.call("XSETID", key, last, "MAXDELETEDID", last);
}

interface ReadWords {
  group: string;
  consumer: string;
  count: number;
  noAck: boolean;
  keys: string[];
  ids: string[];
}

/** The words of an XREADGROUP that is right. */
function wordsOf(command: string[]): ReadWords {
  const words: ReadWords = { group: "", consumer: "", count: 0, noAck: false, keys: [], ids: [] };
  for (let at = 1; at < command.length; at++) {
    const word = (command[at] ?? "").toUpperCase();
    if (word === "GROUP") [words.group, words.consumer, at] = [command[at + 1] ?? "", command[at + 2] ?? "", at + 2];
    else if (word === "COUNT") words.count = Math.max(0, Number(command[++at]));
    else if (word === "BLOCK") at++;
    else if (word === "NOACK") words.noAck = true;
    else {
      const rest = command.slice(at + 1);
      return { ...words, keys: rest.slice(0, rest.length / 2), ids: rest.slice(rest.length / 2) };
    }
  }
  return words;
}

function readReply(plain: ModelKeyspace, command: string[], late: LateIds): Reply {
  const before = plain.snapshot();
  const expected = runPlain(plain, command);
  if (isError(expected)) return expected;
  const words = wordsOf(command);
  const isLate = words.keys.some((key, at) => words.ids[at] === ">" && late.of(plain, key, words.group).length > 0);
  if (!isLate) return expected;
  plain.restore(before);
  const found = words.keys.flatMap((key, at): Reply[] => {
    const entries = readOne(plain, key, words.ids[at] ?? "", words, late);
    return entries ? [[key, entries]] : [];
  });
  return found.length > 0 && found;
}

function readOne(plain: ModelKeyspace, key: string, id: string, words: ReadWords, late: LateIds): Reply[] | undefined {
  const isNew = id === ">";
  const entries = isNew ? readLate(plain, key, words, late) : [];
  const left = words.count - entries.length;
  if (isNew && words.count > 0 && left <= 0) return entries;
  const count = words.count > 0 ? ["COUNT", String(isNew ? left : words.count)] : [];
  const options = ["GROUP", words.group, words.consumer, ...count, ...(words.noAck ? ["NOACK"] : [])];
  const more = plain.call("XREADGROUP", ...options, "STREAMS", key, id);
  if (Array.isArray(more)) entries.push(...((more as Reply[][])[0]?.[1] as Reply[]));
  return entries.length > 0 || !isNew ? entries : undefined;
}

function readLate(plain: ModelKeyspace, key: string, words: ReadWords, late: LateIds): Reply[] {
  const { group, consumer, count, noAck } = words;
  const ids = late.of(plain, key, group).slice(0, count > 0 ? Math.min(count, LATE_MAX) : LATE_MAX);
  if (ids.length === 0) return [];
  late.drop(key, group, ids.length);
  const entries = ids.flatMap((id): Reply[] => {
    const claim = ["XCLAIM", key, group, consumer, "0", id, "FORCE", "RETRYCOUNT", "1"] as const;
    const [name, ...args] = noAck ? (["XRANGE", key, id, id] as const) : claim;
    return plain.call(name, ...args) as Reply[];
  });
  const value = plain.slot(key)?.value;
  const known = value?.type === "stream" ? value.groups.get(group) : undefined;
  if (known && known.read >= 0n && known.read <= Number.MAX_SAFE_INTEGER) {
    const read = String(known.read + BigInt(entries.length));
    plain.call("XGROUP", "SETID", key, group, idTextOf(known.last), "ENTRIESREAD", read);
  }
  return entries;
}
