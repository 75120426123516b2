/**
 * Commands of which some forms pass and some do not. A check looks at the arguments and gives a verdict; what it
 * cannot make sense of it forwards when the server is sure to refuse it too, with the server's own words.
 */
import type { Amendment } from "../replies/amendments.js";
import type { CommandArguments } from "./command-arguments.js";
import { type CheckName, type CommandEntry, DATABASES, NO_CLUSTER } from "@meridian/core";
import { errorReply } from "../errors.js";
import { ReplyKind } from "../replies/pending-replies.js";
import { regionWaitOf } from "../waiting/region-wait.js";
import { tokenProblemOf } from "../waiting/token-command.js";
import { refusedSettingAt, setsMemory } from "./server-settings.js";

export type Verdict =
  | {
      readonly pass: "forward";
      readonly reply?: ReplyKind;
      readonly count?: number;
      /** The name it is forwarded under. */
      readonly name?: string;
      readonly changesClient?: true;
      /** The server may be full from now on. */
      readonly mayFill?: true;
      /** From now on, or for the next command, replies are wanted or not. */
      readonly replies?: "on" | "off" | "skip";
      /** From now on the server tells the client when keys change that it has read, or no more. */
      readonly tracks?: boolean;
      /** The function answers it, for what it shows. */
      readonly shown?: true;
      /** The client gets another reply than the server's. */
      readonly amend?: Amendment;
    }
  | { readonly pass: "write" }
  | { readonly pass: "answer"; readonly reply: Buffer; readonly refused?: string };

export type Check = (given: CommandArguments, entry: CommandEntry, root: string) => Verdict;

const FORWARD: Verdict = { pass: "forward" };
const WRITE: Verdict = { pass: "write" };

/** `form` says which form of the command is meant; counted is the command alone. */
function refusal(entry: CommandEntry, form = "", instead = entry.instead ?? ""): Verdict {
  const refused = entry.name.toUpperCase();
  const command = (refused + form).toUpperCase();
  return { pass: "answer", refused, reply: errorReply("unsupported", { command, instead }) };
}

export function refuseEntry(entry: CommandEntry): Verdict {
  return refusal(entry);
}

/** Those of Redis that don't pass; what is neither is unknown, whatever a later server makes of it. */
const REFUSED_SUBCOMMANDS: Readonly<Record<string, readonly string[] | undefined>> = {
  client: ["reply"],
  cluster:
    "addslots addslotsrange bumpepoch count-failure-reports delslots delslotsrange failover flushslots forget meet replicas replicate reset saveconfig set-config-epoch setslot slaves".split(
      " ",
    ),
  config: ["rewrite", "set"],
  module: ["load", "loadex", "unload"],
  pfdebug: ["getreg", "todense"],
};

/** Subcommands that are known to change nothing here pass; no subcommand at all is for the server to complain of. */
const container: Check = (given, entry) => {
  if (given.count < 2 || entry.forwarded?.includes(given.word(1)) === true) return FORWARD;
  const subcommand = shortened(given.text(1));
  if (REFUSED_SUBCOMMANDS[entry.name]?.includes(given.word(1)) === true) return refusal(entry, ` ${subcommand}`);
  const command = entry.name.toUpperCase();
  return { pass: "answer", refused: command, reply: errorReply("unknownSubcommand", { command, subcommand }) };
};

/** Clients of clusters, and those that look whether there is one, know Redis's words; people are told what to do. */
const cluster: Check = (given, entry, root) => {
  const verdict = container(given, entry, root);
  return verdict.pass === "answer" ? { ...verdict, reply: errorReply("noCluster", { instead: NO_CLUSTER }) } : verdict;
};

const writing: Check = (given, entry) => {
  if (given.count >= 2 && entry.forwarded?.includes(given.word(1)) !== true) return WRITE;
  // A script that runs is one of the function's.
  return entry.name === "script" && given.word(1) === "kill" ? { pass: "forward", name: "FUNCTION" } : FORWARD;
};

const client: Check = (given, entry, root) => {
  const replies = given.word(1) === "reply" && given.count === 3 ? given.word(2) : "";
  if (replies === "on" || replies === "off" || replies === "skip") {
    return { pass: "forward", changesClient: true, replies };
  }
  if (given.word(1) === "list") return { pass: "forward", amend: { kind: "list" } };
  if (given.word(1) === "unblock") return unblocking(given);
  if (given.word(1) === "tracking") return { pass: "forward", changesClient: true, tracks: given.word(2) === "on" };
  if (given.word(1) === "no-touch") return { pass: "forward", changesClient: true };
  return container(given, entry, root);
};

const unblocking = (given: CommandArguments): Verdict => {
  const how = given.count === 4 ? given.word(3) : "timeout";
  const id = given.count <= 4 && /^\d{1,15}$/.test(given.text(2)) ? Number(given.text(2)) : 0;
  if (id === 0 || (how !== "timeout" && how !== "error")) return FORWARD;
  return { pass: "forward", amend: { kind: "unblock", id, asError: how === "error" } };
};

const config: Check = (given, entry, root) => {
  if (given.word(1) !== "set" || given.count < 4)
    return given.word(1) === "set" ? FORWARD : container(given, entry, root);
  const at = refusedSettingAt(given);
  if (at !== undefined) return refusal(entry, ` set ${shortened(given.text(at))}`);
  return setsMemory(given) ? { pass: "forward", mayFill: true } : FORWARD;
};

/** As many as a server has that was not told otherwise; what lies beyond is an error to every client. */
const DATABASES_USUAL = 16;

const select: Check = (given, entry) => {
  if (given.count !== 2 || given.text(1) === "0" || !/^-?\d+$/.test(given.text(1))) return FORWARD;
  const index = Number(given.text(1));
  if (index < 0 || index >= DATABASES_USUAL) return { pass: "answer", reply: errorReply("databaseIndex") };
  return refusal(entry, ` ${shortened(given.text(1))}`, DATABASES);
};

const subscription: Check = (given, entry) => {
  if (given.count > 1) return { pass: "forward", reply: ReplyKind.subscription, count: given.count - 1 };
  if (entry.name === "unsubscribe") return { pass: "forward", reply: ReplyKind.unsubscribeAll };
  if (entry.name === "punsubscribe") return { pass: "forward", reply: ReplyKind.punsubscribeAll };
  if (entry.name === "sunsubscribe") return { pass: "forward", reply: ReplyKind.sunsubscribeAll };
  return FORWARD;
};

const sort: Check = (given, { kind }, root) => {
  let mayReachOwn = false;
  for (let index = 2; index < given.count; index++) {
    const word = given.word(index);
    if (word === "store" && kind !== "read") return WRITE;
    if ((word === "by" || word === "get") && index + 1 < given.count) {
      index++;
      mayReachOwn ||= mayNameOwn(given.text(index), root);
    } else if (word === "limit") {
      index += 2;
    }
  }
  return { pass: "forward", name: "SORT_RO", ...(mayReachOwn && { shown: true }) };
};

/** With some element in the place of its `*` the pattern is the name of one of our keys. */
function mayNameOwn(pattern: string, root: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return false;
  const [before, own] = [pattern.slice(0, star), `${root}:`];
  return before.startsWith(own) || own.startsWith(before);
}

const INFO_DEFAULT: readonly string[] = ["default", "all", "everything"];

const info: Check = (given) => {
  const sections = Array.from({ length: given.count - 1 }, (_, index) => given.word(index + 1));
  const isDefault = sections.length === 0 || sections.some((name) => INFO_DEFAULT.includes(name));
  const section = isDefault || sections.includes("meridian");
  const keyspace = isDefault || sections.includes("keyspace");
  return { pass: "forward", amend: { kind: "info", section, keyspace } };
};

/** Where nothing can wait; elsewhere it is region-wait.ts. */
const wait: Check = (given, entry) => (regionWaitOf(given) === undefined ? FORWARD : refusal(entry));

/** Likewise; elsewhere it is token-command.ts. */
const token: Check = (given, entry) => {
  const problem = tokenProblemOf(given);
  return problem === undefined ? refusal(entry) : { pass: "answer", reply: problem };
};

const georadius: Check = (given, entry) => {
  for (let index = entry.name === "georadius" ? 6 : 5; index < given.count; index++) {
    const word = given.word(index);
    if (word === "store" || word === "storedist") return WRITE;
  }
  return { pass: "forward", name: `${entry.name.toUpperCase()}_RO` };
};

const bitfield: Check = (given) => {
  for (let index = 2; index < given.count; index++) {
    const word = given.word(index);
    if (word === "set" || word === "incrby" || word === "overflow") return WRITE;
  }
  return { pass: "forward", name: "BITFIELD_RO" };
};

export const checks: Readonly<Record<CheckName, Check>> = {
  container,
  cluster,
  client,
  config,
  // Where there is more than a protocol, the client may become somebody else.
  hello: (given) => ({ pass: "forward", reply: ReplyKind.hello, ...(given.count > 2 && { changesClient: true }) }),
  select,
  subscription,
  writing,
  sort,
  georadius,
  bitfield,
  monitor: () => ({ pass: "forward", reply: ReplyKind.monitor }),
  reset: () => ({ pass: "forward", reply: ReplyKind.reset }),
  shown: () => ({ pass: "forward", shown: true }),
  info,
  wait,
  token,
};

const PREVIEW_MAX = 128;

function shortened(text: string): string {
  return text.slice(0, PREVIEW_MAX);
}

/** Redis's words, to the last space. */
export function unknownCommand(given: CommandArguments): Verdict {
  let preview = "";
  for (let index = 1; index < given.count && preview.length < PREVIEW_MAX; index++) {
    preview += `'${given.text(index).slice(0, PREVIEW_MAX - preview.length)}' `;
  }
  const command = shortened(given.text(0));
  const reply = errorReply("unknownCommand", { command, preview });
  return { pass: "answer", refused: command.toUpperCase(), reply };
}
