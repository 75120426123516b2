/** What a command line offers while the command's name is typed, and which key a command is about. Pure. */
import { arities, commandTable, type CommandEntry } from "@meridian/core/callers";
import { limits } from "../limits.js";
import { wordsOf } from "./words.js";

export interface Completion {
  name: string;
  /** What becomes of it here, in a word or two. */
  note: string;
}

const KINDS: Readonly<Record<CommandEntry["kind"], string>> = {
  read: "reads",
  write: "writes, in every region",
  session: "this connection",
  transaction: "transaction",
  admin: "this region's server",
  refused: "refused here",
  checked: "",
};

/** Those that people try first stand first among those that begin alike. */
const FIRST =
  "set get incr incrby del hset hgetall sadd srem smembers lpush rpush lrange zadd zrange expire ttl exists";
const rank = new Map(FIRST.split(" ").map((name, index) => [name, index]));
const byName = new Map(commandTable.map((entry) => [entry.name, entry]));
const names = commandTable.toSorted((a, b) => rankOf(a) - rankOf(b) || (a.name < b.name ? -1 : 1));

function rankOf({ name, kind }: CommandEntry): number {
  return rank.get(name) ?? (kind === "refused" ? 1_000 : 100);
}

/** Only while the first word is typed. */
export function completionsOf(line: string): Completion[] {
  const typed = line.trimStart().toLowerCase();
  if (typed === "" || /\s/.test(typed)) return [];
  const fitting = names.filter(({ name }) => name.startsWith(typed));
  if (fitting.length === 1 && fitting[0]?.name === typed) return [];
  return fitting
    .slice(0, limits.completionsMax)
    .map(({ name, kind }) => ({ name: name.toUpperCase(), note: noteOf(name, kind) }));
}

function noteOf(name: string, kind: CommandEntry["kind"]): string {
  const arity = arities.get(name);
  if (arity === undefined || kind === "refused") return KINDS[kind];
  const count = Math.abs(arity) - 1;
  const plural = count === 1 ? "argument" : "arguments";
  const wanted = arity < 0 ? `${count} ${plural} or more` : count === 0 ? "no arguments" : `${count} ${plural}`;
  return KINDS[kind] === "" ? wanted : `${KINDS[kind]}, ${wanted}`;
}

/** The first key that a command writes or reads, so that it can be watched. */
export function keyOf(line: string): string | undefined {
  const [name = "", ...rest] = wordsOf(line) ?? [];
  const entry = byName.get(name.toLowerCase());
  if (entry === undefined || (entry.kind !== "read" && entry.kind !== "write")) return undefined;
  const { keys } = entry;
  if (typeof keys !== "object") return undefined;
  const place = "first" in keys ? keys.first : (keys.destination ?? keys.numkeys + 1);
  return rest[place - 1];
}
