/** Tells a conflict as a story: the writes that had not seen each other, which rule decided, what shows, what is kept. */
import type { ConflictView } from "../documents.js";
import type { KeyRegion, Story, StoryWrite } from "./documents.js";
import type { LoggedOperation } from "./key-log.js";
import type { KeyLogAnswer } from "./questions.js";
import { isCount, isRemoval, ruleOf, whyOf } from "./story-rules.js";

export interface StoryParts {
  keyBase64: string;
  atMs: number;
  log: KeyLogAnswer;
  /** As a region shows the key that has all of it. */
  view: KeyRegion;
  conflicts: readonly ConflictView[];
}

/** `isOld`: what was told before. Undefined: nothing new met anything. */
export function storyOf(parts: StoryParts, isOld: (operation: LoggedOperation) => boolean): Story | undefined {
  const { keyBase64, atMs, log, view, conflicts } = parts;
  const fresh = log.operations.filter((operation) => !isOld(operation));
  const stamps = new Set(
    fresh.flatMap(({ stamp, concurrentWith }) => (concurrentWith.length === 0 ? [] : [stamp, ...concurrentWith])),
  );
  if (stamps.size === 0) return undefined;
  const met = log.operations.filter(({ stamp }) => stamps.has(stamp));
  const registers = registersIn(view.metadata);
  const writes = met.map((operation) => writeOf(operation, log.operations, registers, view));
  const rule = ruleOf(met);
  const winner = met.findLast((_operation, at) => writes[at]?.outcome === "won");
  return {
    keyBase64,
    atMs,
    rule,
    why: whyOf(rule, winner),
    writes,
    whole: log.whole,
    result: { type: view.type, size: view.size, value: view.value },
    kept: conflicts.flatMap(({ losers }) => losers),
  };
}

function writeOf(
  operation: LoggedOperation,
  all: readonly LoggedOperation[],
  registers: ReadonlyMap<string, boolean>,
  view: KeyRegion,
): StoryWrite {
  const { code: _code, seen: _seen, ...told } = operation;
  return { ...told, outcome: outcomeOf(operation, all, registers, view) };
}

function outcomeOf(
  operation: LoggedOperation,
  all: readonly LoggedOperation[],
  registers: ReadonlyMap<string, boolean>,
  view: KeyRegion,
): StoryWrite["outcome"] {
  if (isRemoval(operation)) return "removed";
  if (operation.code === "T") return isRuling(operation, view) ? "won" : "overwritten";
  const shows = registers.get(`${operation.origin} ${operation.stamp}`);
  if (shows !== undefined) return shows ? "won" : "kept";
  const isGone = all.some((later) => takesAway(later) && later.seen.includes(operation.stamp));
  if (isGone) return "overwritten";
  return isCount(operation) ? "counted" : "merged";
}

/** What comes after and had seen it, takes its place. */
function takesAway(operation: LoggedOperation): boolean {
  return isRemoval(operation) || operation.code === "S" || operation.code === "P";
}

function isRuling({ arguments: args }: LoggedOperation, { metadata }: KeyRegion): boolean {
  if (typeof metadata !== "object" || metadata === null || !("deadlineMs" in metadata)) return false;
  const [deadline = "0"] = args;
  return String(metadata.deadlineMs) === deadline;
}

/** Of all cells in what `inspect` says: whether the register of a dot shows. */
function registersIn(value: unknown, found = new Map<string, boolean>()): Map<string, boolean> {
  if (Array.isArray(value)) for (const inner of value) registersIn(inner, found);
  else if (typeof value === "object" && value !== null) {
    const { origin, stamp, shows } = value as { origin?: unknown; stamp?: unknown; shows?: unknown };
    if (typeof origin === "string" && typeof stamp === "number" && typeof shows === "boolean") {
      found.set(`${origin} ${stamp}`, shows);
    }
    for (const inner of Object.values(value)) registersIn(inner, found);
  }
  return found;
}
