/** Which rule decided a conflict, and why it ended so, in words for who has never heard of it (docs/reference/semantics.md). */
import type { StoryRule } from "./documents.js";
import type { LoggedOperation } from "./key-log.js";

/** Take away the whole key. */
const DELETES = new Set(["D", "X", "Z"]);
/** Take away parts. */
const REMOVALS = new Set(["R", "U", "F", "B", "d", "t", "k"]);
const COUNTS = new Set(["I", "J"]);

/** The type that an operation writes. */
const TYPES: Readonly<Record<string, string>> = {
  S: "string",
  A: "string",
  H: "hash",
  R: "hash",
  Y: "zset",
  U: "zset",
  J: "zset",
  E: "set",
  F: "set",
  G: "hyperloglog",
  C: "hyperloglog",
  L: "list",
  N: "list",
  W: "list",
  B: "list",
  a: "stream",
  d: "stream",
  t: "stream",
};

export function isRemoval({ code }: LoggedOperation): boolean {
  return DELETES.has(code) || REMOVALS.has(code);
}

export function isCount({ code }: LoggedOperation): boolean {
  return COUNTS.has(code);
}

/** Of operations that had not seen each other. */
export function ruleOf(operations: readonly LoggedOperation[]): StoryRule {
  const codes = new Set(operations.map(({ code }) => code));
  const some = (among: ReadonlySet<string>): boolean => [...codes].some((code) => among.has(code));
  const all = (among: string): boolean => [...codes].every((code) => among.includes(code));
  const types = new Set(operations.flatMap(({ code }) => TYPES[code] ?? []));
  if (types.size > 1) return "clash";
  if (some(DELETES)) return "delete-update";
  if (all("T")) return "expiry";
  if (some(COUNTS)) return "sum";
  if (types.has("list")) return "all-stay";
  if (types.has("hyperloglog")) return "union";
  if (some(REMOVALS)) return "add-wins";
  if (all("HYSAPT")) return isOnePlace(operations) ? "register" : "merge";
  return "merge";
}

/** Fields of a hash and members of a sorted set are places of their own. */
function isOnePlace(operations: readonly LoggedOperation[]): boolean {
  const seen = new Set<string>();
  for (const { code, arguments: args } of operations) {
    if (code !== "H" && code !== "Y") return true;
    const places = new Set(
      args.filter((_arg, at) => at % 2 === (code === "H" ? 0 : 1)).map((arg) => JSON.stringify(arg)),
    );
    if ([...places].some((place) => seen.has(place))) return true;
    for (const place of places) seen.add(place);
  }
  return false;
}

const WHY: Readonly<Record<Exclude<StoryRule, "register">, string>> = {
  sum: "Every region counts for itself, and what shows is the sum of all: no increment is lost. A SET or DEL takes away only the increments that it had seen.",
  "add-wins":
    "A remove takes away only what it had seen. What another region added at the same time it had not seen, so that stays: add wins.",
  "all-stay":
    "Every element has an identity and a place of its own, so all that was pushed stays, in the order of the stamps. A pop takes the element that it saw.",
  "delete-update":
    "A delete takes away exactly what it had seen. What another region wrote at the same time it had not seen, so that lives on.",
  expiry: "Of expiries that were set at the same time the longest wins, so nothing ends that somebody just prolonged.",
  clash:
    "Two types met under one key. The type with the newest stamp shows; the other one is kept hidden, and shows again if it becomes the newest.",
  union: "What was counted in any region is counted once: a HyperLogLog is the union of all.",
  merge: "The writes went to different places of the value, so all of them hold.",
};

/** `winner`: the operation that shows, where one does. */
export function whyOf(rule: StoryRule, winner: LoggedOperation | undefined): string {
  if (rule !== "register") return WHY[rule];
  const who =
    winner === undefined
      ? "The highest stamp"
      : `${winner.region} wrote at ${winner.id}, the highest stamp, so its value`;
  return `None of these writes had seen the other. ${who} shows, in every region alike; of equal stamps the region listed first wins. What lost is kept beside it until somebody writes who has seen both.`;
}
