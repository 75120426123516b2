/**
 * What becomes of a command, by its name and, of a few, its first arguments: as the gateway does it, from the same table.
 * What is not known to write nothing goes to the function, which refuses by name what it does not replicate.
 */
import { type CommandEntry, commandTable } from "@meridian/core";

export type Verdict =
  /** As it is. */
  | "plain"
  /** By the function. */
  | "call"
  /** By the function that leaves Meridian's own keys out. */
  | "show"
  /** Until there is something for it. */
  | "waits"
  /** Of what the gateway alone knows. */
  | "gateway"
  | "database"
  | "multi"
  | "exec"
  | "discard"
  | "watch"
  | "unwatch";

const entries = new Map<string, CommandEntry>(commandTable.map((entry) => [entry.name, entry]));
const OPTIONS_OF_XREADGROUP_AT = 3;

type Arguments = readonly unknown[];

export function entryOf(name: string): CommandEntry | undefined {
  return entries.get(name) ?? entries.get(name.toLowerCase());
}

/** `isQueued`: within MULTI nothing waits. */
export function verdictOf(name: string, given: Arguments, isQueued: boolean): Verdict {
  const entry = entryOf(name);
  if (entry === undefined || entry.kind === "refused") return "call";
  if (entry.kind === "write") return !isQueued && entry.awaits !== undefined && waits(entry, given) ? "waits" : "call";
  if (entry.kind === "transaction") return entry.name as Verdict;
  return entry.check === undefined ? "plain" : checked(entry, given);
}

function waits({ awaits }: CommandEntry, given: Arguments): boolean {
  if (awaits !== "stream") return true;
  const words = given.slice(OPTIONS_OF_XREADGROUP_AT).map(wordOf);
  const streams = words.indexOf("streams");
  const block = words.indexOf("block");
  return block >= 0 && (streams < 0 || block < streams);
}

function checked(entry: CommandEntry, given: Arguments): Verdict {
  switch (entry.check) {
    case "shown":
      return "show";
    case "writing":
      return given.length > 0 && entry.forwarded?.includes(wordOf(given[0])) !== true ? "call" : "plain";
    case "select":
      return given.length !== 1 || wordOf(given[0]) === "0" ? "plain" : "database";
    case "sort":
      return entry.kind !== "read" && sortStores(given) ? "call" : "plain";
    case "georadius":
      return given.some((part) => wordOf(part) === "store" || wordOf(part) === "storedist") ? "call" : "plain";
    case "bitfield":
      return given.slice(1).some((part) => ["set", "incrby", "overflow"].includes(wordOf(part))) ? "call" : "plain";
    case "wait":
    case "token":
      return "gateway";
    default:
      return "plain";
  }
}

function sortStores(given: Arguments): boolean {
  for (let at = 1; at < given.length; at++) {
    const word = wordOf(given[at]);
    if (word === "store") return true;
    if (word === "by" || word === "get") at++;
    else if (word === "limit") at += 2;
  }
  return false;
}

function wordOf(part: unknown): string {
  return String(part).toLowerCase();
}

/** Reads that the function runs between writes: as in the gateway's transactions. */
const KEYLESS_READS: readonly string[] = ["ping", "echo", "time", "info", "lastsave", "command", "pubsub", "select"];

export function readsOnly(name: string): boolean {
  const entry = entryOf(name);
  if (entry === undefined) return false;
  return (
    entry.kind === "read" || (entry.kind === "checked" && entry.keys !== "none") || KEYLESS_READS.includes(entry.name)
  );
}
