/**
 * A worked case: what regions do while they are cut off from each other, and what all of them show in the end. The data
 * is cases.json; README.md beside it tells the format. What is wrong with a case is said when it is read, by its id.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const REGIONS = [1, 2, 3] as const;
export const TYPES = [
  "string",
  "counter",
  "hash",
  "set",
  "key",
  "ttl",
  "clash",
  "flush",
  "pubsub",
  "zset",
  "list",
  "stream",
  "hyperloglog",
  "bits",
  "script",
  "table",
] as const;

export type Expected = string | number | null | { error: string } | readonly Expected[];
export type Order = "any" | "pairs";
/** Of what a stream command answers: the ids of its entries, or the names that XINFO lists. */
export type Part = "ids" | "names";

export interface Check {
  run: string;
  reply: Expected;
  order?: Order;
  as?: Part;
  /** How far a number may be off. */
  within?: number;
}

export interface RunStep {
  at: number;
  run: string;
  reply?: Expected;
  order?: Order;
  as?: Part;
  within?: number;
}

export type Step =
  | RunStep
  /** Repeated until it answers so. */
  | { at: number; run: string; until: Expected }
  | { at: number; subscribe: string }
  /** All regions exchange everything, or those listed; then all are cut off again. */
  | { sync: true | readonly number[] }
  /** Time passes; only the model can tell how much. */
  | { waitMs: number };

export type Expectation = Check | { at: number; channel: string; received: readonly string[] };

export interface WorkedCase {
  id: string;
  type: (typeof TYPES)[number];
  /** Why it ends so, in a sentence. */
  rule: string;
  /** No time passes between the steps, so stamps of different regions are equal. */
  clock?: "still";
  steps: readonly Step[];
  /** In every region. */
  expect: readonly Expectation[];
}

const FILE = fileURLToPath(new URL("cases.json", import.meta.url));
const ID = /^[a-z0-9]+(-[a-z0-9]+)+$/;

export function readCases(): WorkedCase[] {
  const cases = JSON.parse(readFileSync(FILE, "utf8")) as WorkedCase[];
  const ids = new Set<string>();
  for (const worked of cases) {
    const problem = ids.has(worked.id) ? "its id is there twice" : problemOf(worked);
    if (problem !== undefined) throw new Error(`cases.json, ${worked.id}: ${problem}`);
    ids.add(worked.id);
  }
  return cases;
}

function problemOf({ id, type, rule, steps, expect }: WorkedCase): string | undefined {
  if (!ID.test(id)) return "its id is not in kebab-case";
  if (!TYPES.includes(type)) return `its type is none of ${TYPES.join(", ")}`;
  if (rule.length === 0) return "it gives no rule";
  const last = steps.at(-1);
  if (last === undefined || !("sync" in last) || last.sync !== true) return "its last step is no sync of all regions";
  if (expect.length === 0) return "it expects nothing";
  const regions = [...steps, ...expect].flatMap((step) => ("at" in step ? [step.at] : []));
  if (!regions.every((region) => REGIONS.some((known) => known === region)))
    return "it names a region that is not 1, 2, 3";
  return undefined;
}

/** Its outcome hangs on the clock, so it needs one that stands still or jumps: it runs over the model only. */
export function needsOwnClock({ clock, steps }: WorkedCase): boolean {
  return clock === "still" || steps.some((step) => "waitMs" in step);
}

/** It touches the keys of other cases, or a sync of others would do more than its own. */
export function runsAlone({ steps }: WorkedCase): boolean {
  return steps.some((step) => ("sync" in step ? step.sync !== true : "run" in step && step.run.startsWith("FLUSH")));
}
